import { Loading } from './ui'; export const Supervisor = () => <Loading />;
