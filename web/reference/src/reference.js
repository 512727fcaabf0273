// Shows the description of the API, which the page names.
const place = document.getElementById('reference');
const fonts = 'system-ui, sans-serif';

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
      colors: { primary: { main: '#0b5cad' }, text: { primary: '#1d2733' } },
      typography: { fontSize: '15px', fontFamily: fonts, headings: { fontFamily: fonts, fontWeight: '600' }, code: { fontFamily: 'ui-monospace, monospace', wrap: true } },
      sidebar: { backgroundColor: '#f3f5f7', textColor: '#1d2733' },
      rightPanel: { backgroundColor: '#1b222b' },
    },
  },
  place,
  (failure) => {
    if (failure) place.innerHTML = '<p>The description of the API could not be shown. It is at <a href="/api/openapi.json">/api/openapi.json</a>.</p>';
    document.documentElement.dataset.state = failure ? 'failed' : 'shown';
  },
);
