import { Loading } from './ui'; export const Admin = () => <Loading />;
