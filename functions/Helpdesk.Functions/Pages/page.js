// What makes the pages pleasanter where scripts run; without them everything works as well.
(() => {
  for (const time of document.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    if (!isNaN(at)) time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
  }
  const refresh = Number(document.querySelector('main').dataset.refresh);
  if (refresh) setTimeout(() => location.reload(), refresh * 1000);
  // What a form asks next depends on the answers before it. The app decides the same again when the form is sent.
  const fold = value => String(value).toUpperCase();
  const isBlank = value => value === undefined || (Array.isArray(value) ? value.length === 0 : typeof value === 'string' && value.trim() === '');
  const number = value => typeof value === 'number' ? value : typeof value === 'string' && /^\s*[-+]?\d*\.?\d+(e[-+]?\d+)?\s*$/i.test(value) ? Number(value) : NaN;
  const text = value => Array.isArray(value) ? '' : String(value);
  const equal = (found, value) => Array.isArray(found) ? false
    : typeof found === 'number' || typeof value === 'number' ? number(found) === number(value) : fold(found) === fold(value);
  const includes = (found, value) => Array.isArray(found) ? found.some(one => fold(one) === fold(value)) : fold(text(found)).includes(fold(value));
  const test = (op, found, value) => {
    const values = Array.isArray(value) ? value : [value];
    switch (op) {
      case 'is-set': return !isBlank(found);
      case 'is-empty': return isBlank(found);
      case 'is-not': return !test('is', found, value);
      case 'not-in': return !test('in', found, value);
      case 'contains-none': return !test('contains-any', found, value);
    }
    if (found === undefined) return false;
    switch (op) {
      case 'is': case 'in': return values.some(one => equal(found, one));
      case 'contains': case 'contains-any': return values.some(one => includes(found, one));
      case 'contains-all': return values.every(one => includes(found, one));
      case 'starts-with': return fold(text(found)).startsWith(fold(value));
      case 'ends-with': return fold(text(found)).endsWith(fold(value));
      case 'at-least': return number(found) >= number(value);
      case 'at-most': return number(found) <= number(value);
      case 'more-than': return number(found) > number(value);
      default: return number(found) < number(value);
    }
  };
  const holds = (condition, answers) => condition.all ? condition.all.every(one => holds(one, answers))
    : condition.any ? condition.any.some(one => holds(one, answers))
      : condition.not ? !holds(condition.not, answers)
        : test(condition.op, answers[condition.field.slice('answers.'.length)], condition.value);
  for (const hidden of document.querySelectorAll('template[data-asked]')) hidden.replaceWith(hidden.content);
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
    const fields = [...form.querySelectorAll('[data-field]')];
    if (fields.length === 0) continue;
    const answer = field => {
      const inputs = [...field.querySelectorAll('input, select, textarea')].filter(input => !input.disabled);
      const first = inputs[0];
      switch (field.dataset.type) {
        case 'multi-choice': { const chosen = inputs.filter(input => input.checked).map(input => input.value); return chosen.length > 0 ? chosen : undefined; }
        case 'checkbox': return first.checked;
        case 'file': return first.files.length > 0 ? [...first.files].map(file => file.name) : undefined;
        case 'number': return first.value === '' ? undefined : Number(first.value);
        default: return first.value.trim() === '' ? undefined : first.value.trim();
      }
    };
    const ask = () => {
      const answers = {};
      for (const field of fields) {
        const asked = !field.dataset.when || holds(JSON.parse(field.dataset.when), answers);
        field.hidden = !asked;
        for (const input of field.querySelectorAll('input, select, textarea')) input.disabled = !asked;
        if (!asked) continue;
        for (const option of field.querySelectorAll('[data-when]')) {
          const offered = holds(JSON.parse(option.dataset.when), answers);
          option.hidden = !offered;
          const input = option.matches('option') ? option : option.querySelector('input');
          input.disabled = !offered;
          if (!offered) input.checked = input.selected = false;
        }
        const requiredWhen = field.dataset.requiredWhen;
        if (requiredWhen) {
          const required = holds(JSON.parse(requiredWhen), answers);
          const mark = field.querySelector('.optional');
          if (mark) mark.hidden = required;
          if (field.dataset.type !== 'multi-choice') field.querySelector('input, select, textarea').required = required || !mark;
        }
        answers[field.dataset.field] = answer(field);
      }
      form.elements.shown.value = fields.filter(field => !field.hidden).map(field => field.dataset.field).join(',');
    };
    form.addEventListener('input', ask);
    form.addEventListener('change', ask);
    ask();
  }
  // What was done is said once: neither a reload nor the way back says it again.
  const said = /[?&](answered|solved|reopened)=1/;
  // The words of a form that was not sent yet survive a reload by the browser itself; what was wrong is where the reader goes first.
  document.querySelector('[aria-invalid=true], [data-invalid]')?.focus();
  for (const form of document.forms) {
    for (const files of form.querySelectorAll('input[type=file]')) files.addEventListener('change', () => {
      const told = document.getElementById(files.dataset.told);
      const { limit, count, large, many, programs, program } = files.dataset;
      const endings = programs.split(' ');
      const wrong = [...files.files].flatMap((file, index) =>
        file.name.includes('.') && endings.includes(file.name.split('.').pop().toLowerCase()) ? [program.replace('{name}', file.name)]
          : file.size > Number(limit) ? [large.replace('{name}', file.name)]
            : index >= Number(count) ? [many.replace('{name}', file.name)] : []);
      told.textContent = wrong.join(' ');
      files.setAttribute('aria-invalid', String(wrong.length > 0));
      files.setCustomValidity(wrong.join(' '));
    });
    const kept = `reply ${location.pathname}`;
    if (form.elements.reply && said.test(location.search)) sessionStorage.removeItem(kept);
    else if (form.elements.reply && !form.elements.reply.value) form.elements.reply.value = sessionStorage.getItem(kept) ?? '';
    // One press, one request.
    form.addEventListener('submit', event => {
      if (form.method !== 'post') return;
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = 'true';
      form.querySelector('button').setAttribute('aria-disabled', 'true');
      const release = () => { delete form.dataset.sent; form.querySelector('button').removeAttribute('aria-disabled'); };
      // A browser that comes back to the page as it was may send it again, and so may somebody who has stopped it.
      addEventListener('pageshow', release, { once: true });
      setTimeout(release, 10_000);
      // Whoever is signed out meanwhile finds the words again once they are back.
      if (form.elements.reply) sessionStorage.setItem(kept, form.elements.reply.value);
    });
  }
  if (said.test(location.search)) {
    history.replaceState(null, '', location.pathname + location.search.replace(said, '').replace(/^&/, '?') + location.hash);
    addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
  }
})();
