// Shows the description of the API, which the page names, in the colours that the system prefers.
const place = document.getElementById('reference');
const fonts = 'system-ui, sans-serif';
const dark = matchMedia('(prefers-color-scheme: dark)');
// Redoc works its colours out once, when it starts.
dark.addEventListener('change', () => location.reload());

const light = {
  colors: { primary: { main: '#0b5cad' }, text: { primary: '#1d2733' } },
  typography: {},
  sidebar: { backgroundColor: '#f3f5f7', textColor: '#1d2733' },
  rightPanel: { backgroundColor: '#1b222b' },
};
const night = {
  colors: {
    primary: { main: '#8db4ff' },
    success: { main: '#6fd3b5' },
    warning: { main: '#f3b95a' },
    error: { main: '#ff9c93' },
    text: { primary: '#e9eef3', secondary: '#bcc7d2' },
    border: { dark: '#374554', light: '#26323e' },
    responses: {
      success: { color: '#6fd3b5', backgroundColor: '#11352c', tabTextColor: '#6fd3b5' },
      error: { color: '#ff9c93', backgroundColor: '#451c1a', tabTextColor: '#ff9c93' },
      redirect: { color: '#f3b95a', backgroundColor: '#3a2a0e', tabTextColor: '#f3b95a' },
      info: { color: '#9dbfff', backgroundColor: '#1b2f52', tabTextColor: '#9dbfff' },
    },
  },
  schema: { linesColor: '#5f8be0', nestedBackground: '#0f161e', typeNameColor: '#bcc7d2', requireLabelColor: '#ff9c93' },
  typography: { code: { color: '#f3b95a', backgroundColor: '#26313c' }, links: { hover: '#aecbff' } },
  sidebar: {
    backgroundColor: '#151d26',
    textColor: '#e9eef3',
    groupItems: { activeBackgroundColor: '#22303f' },
    level1Items: { activeBackgroundColor: '#22303f' },
  },
  rightPanel: { backgroundColor: '#0a1017', servers: { overlay: { backgroundColor: '#1c2631', textColor: '#e9eef3' }, url: { backgroundColor: '#0f161e' } } },
  codeBlock: { backgroundColor: '#151d26' },
  fab: { backgroundColor: '#1c2631', color: '#8db4ff' },
};
const theme = dark.matches ? night : light;
const { code, ...typography } = theme.typography;

Redoc.init(
  place.dataset.description,
  {
    hideHostname: true,
    hideSchemaTitles: true,
    requiredPropsFirst: false,
    sortRequiredPropsFirst: false,
    jsonSamplesExpandLevel: 3,
    pathInMiddlePanel: true,
    nativeScrollbars: true,
    theme: {
      ...theme,
      typography: { fontSize: '15px', fontFamily: fonts, headings: { fontFamily: fonts, fontWeight: '600' }, code: { fontFamily: 'ui-monospace, monospace', wrap: true, ...code }, ...typography },
    },
  },
  place,
  (failure) => {
    if (failure) place.innerHTML = '<p>The description of the API could not be shown. It is at <a href="/api/openapi.json">/api/openapi.json</a>.</p>';
    document.documentElement.dataset.state = failure ? 'failed' : 'shown';
  },
);
