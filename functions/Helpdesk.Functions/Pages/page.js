// What makes the pages pleasanter where scripts run; without them everything works as well.
(() => {
  for (const time of document.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    if (!isNaN(at)) time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
  }
  const refresh = Number(document.querySelector('main').dataset.refresh);
  if (refresh) setTimeout(() => location.reload(), refresh * 1000);
  // The words of a form that was not sent yet survive a reload by the browser itself; what was wrong is where the reader goes first.
  document.querySelector('[aria-invalid=true]')?.focus();
  // Articles that may answer what is being written, where there are any.
  const suggested = document.querySelector('[data-suggestions]');
  if (suggested) {
    const fields = ['subject', 'description'].map(id => document.getElementById(id)).filter(Boolean);
    let asked = '', first = true, waiting;
    const ask = async () => {
      const text = fields.map(field => field.value).join('\n').trim().slice(0, 2000);
      if (text.length < 6 || text === asked) return;
      asked = text;
      const answer = await fetch(suggested.dataset.suggestions, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text, first }) }).catch(() => null);
      // Who is offline, or asks too often, sees no suggestions; the form works as before.
      if (!answer?.ok || asked !== text) return;
      const { items } = await answer.json();
      if (items.length) first = false;
      suggested.hidden = items.length === 0;
      suggested.querySelector('ul').replaceChildren(...items.map(one => {
        const [item, link] = [document.createElement('li'), document.createElement('a')];
        link.href = one.url;
        link.lang = one.language;
        link.target = '_blank';
        link.rel = 'noopener';
        link.title = suggested.dataset.newTab;
        link.textContent = one.title;
        item.append(link);
        return item;
      }));
    };
    for (const field of fields) field.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(ask, 600); });
  }
  for (const form of document.forms) {
    const files = form.querySelector('input[type=file]');
    const told = files && document.getElementById(files.dataset.told);
    const check = () => {
      const { limit, count, large, many, programs, program } = files.dataset;
      const endings = programs.split(' ');
      const wrong = [...files.files].flatMap((file, index) =>
        file.name.includes('.') && endings.includes(file.name.split('.').pop().toLowerCase()) ? [program.replace('{name}', file.name)]
          : file.size > Number(limit) ? [large.replace('{name}', file.name)]
            : index >= Number(count) ? [many.replace('{name}', file.name)] : []);
      told.textContent = wrong.join(' ');
      files.setAttribute('aria-invalid', String(wrong.length > 0));
      files.setCustomValidity(wrong.join(' '));
    };
    files?.addEventListener('change', check);
    // One press, one request.
    form.addEventListener('submit', event => {
      if (form.method !== 'post') return;
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = 'true';
      form.querySelector('button').setAttribute('aria-disabled', 'true');
      // A browser that comes back to the page as it was may send it again.
      addEventListener('pageshow', () => { delete form.dataset.sent; form.querySelector('button').removeAttribute('aria-disabled'); }, { once: true });
    });
  }
})();
