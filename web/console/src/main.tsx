import { render } from 'preact';
import { App } from './app';
import { browserLanguage, speak } from './i18n';
import { comeBack } from './session';
import { wishedLanguage } from './state';

await Promise.all([speak(wishedLanguage() ?? browserLanguage()), comeBack()]);
render(<App />, document.getElementById('app')!);
