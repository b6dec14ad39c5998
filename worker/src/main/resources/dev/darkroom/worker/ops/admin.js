'use strict';
// Keeps the page up to date from /status. Whatever comes from there is set as text or as a value, never as HTML.
(() => {
  const INTERVAL_MS = 1000;
  const byId = (id) => document.getElementById(id);

  const text = (element, value) => {
    if (element && element.textContent !== String(value)) {
      element.textContent = value;
    }
  };

  const cells = (row) => (name) => row.querySelector(`[data-cell="${name}"]`);

  // A job may be here twice, as two deliveries: the second one has a key of its own.
  const unique = (keys) => {
    const times = new Map();
    return keys.map((key) => {
      const time = (times.get(key) || 0) + 1;
      times.set(key, time);
      return time === 1 ? key : `${key} (${time})`;
    });
  };

  // Rows stay the same elements in the same place for as long as what they stand for is there: one that is moved loses the
  // focus.
  const sync = (name, items, keyOf, fill) => {
    const list = byId(name);
    const keys = unique(items.map((item, index) => String(keyOf(item, index))));
    const wanted = new Set(keys);
    const there = new Map();
    for (const row of [...list.children]) {
      if (wanted.has(row.dataset.key) && !there.has(row.dataset.key)) {
        there.set(row.dataset.key, row);
        continue;
      }
      if (row.contains(document.activeElement)) {
        byId(`${name}-title`).focus();
      }
      row.remove();
    }
    let next = list.firstElementChild;
    items.forEach((item, index) => {
      const row = there.get(keys[index]) || byId(`${name}-row`).content.firstElementChild.cloneNode(true);
      row.dataset.key = keys[index];
      fill(item, cells(row));
      if (row === next) {
        next = next.nextElementSibling;
      } else {
        list.insertBefore(row, next);
      }
    });
    byId(`${name}-none`).hidden = items.length > 0;
  };

  const fillJob = (job, cell) => {
    const begun = job.id !== undefined;
    const most = Math.max(1, job.steps || 1);
    text(cell('id'), begun ? job.id : '…');
    text(cell('model'), begun ? job.model : '');
    text(cell('size'), begun ? `${job.pictures} of ${job.width}x${job.height}` : '');
    text(cell('lane'), job.lane);
    text(cell('phase'), job.phase);
    text(cell('steps'), begun ? `${job.step}/${most}` : '');
    text(cell('seconds'), `${job.seconds} s`);
    text(cell('waited'), `${job.waited} s`);
    const bar = cell('bar');
    bar.max = most;
    bar.value = job.step;
    bar.setAttribute('aria-label', `Steps of ${begun ? job.id : 'a job'}`);
    const button = cell('cancel');
    if (button) {
      button.hidden = !begun;
      button.value = begun ? job.id : '';
      button.setAttribute('aria-label', `Cancel ${button.value}`);
    }
  };

  const fillPicture = (picture, cell) => {
    const image = cell('image');
    const shown = `A picture of ${picture.job}`;
    if (image.alt !== shown) {
      image.width = picture.width;
      image.height = picture.height;
      image.alt = shown;
      // A worker that starts again counts from 1 again, and a browser keeps what was at an address.
      image.src = `/pictures/${Number(picture.number)}.jpg?${encodeURIComponent(picture.job)}`;
    }
    text(cell('job'), picture.job);
  };

  const show = (status) => {
    text(byId('state'), status.state);
    text(byId('obstacle'), status.obstacle || '');
    sync('jobs', status.jobs, (job, index) => job.id || `?${index}`, fillJob);
    sync('call', status.call, (seat) => seat.job, (seat, cell) => {
      text(cell('job'), seat.job);
      text(cell('rows'), seat.rows);
    });
    text(byId('rows'), status.call.reduce((sum, seat) => sum + seat.rows, 0));
    sync('lanes', status.lanes, (lane) => lane.lane, (lane, cell) => {
      ['lane', 'weight', 'running', 'slots'].forEach((name) => text(cell(name), lane[name]));
    });
    text(byId('loaded'), status.models.loaded.join(', ') || 'none');
    text(byId('memory'), Math.floor(status.models.bytes / 1e6));
    text(byId('known'), status.models.known.join(', ') || 'none');
    sync('pictures', status.pictures, (picture) => picture.number, fillPicture);
  };

  const follow = async () => {
    try {
      const answer = await fetch('/status', { headers: { Accept: 'application/json' } });
      show(await answer.json());
    } catch (e) {
      text(byId('state'), 'does not answer');
    }
    setTimeout(follow, INTERVAL_MS);
  };

  const post = async (form, fields) => {
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams(fields),
    });
    const isJson = (answer.headers.get('Content-Type') || '').startsWith('application/json');
    return isJson ? answer.json() : { message: await answer.text(), problems: [] };
  };

  const intercept = (form, told) => {
    if (!form) {
      return;
    }
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const fields = new FormData(form);
      if (event.submitter && event.submitter.name) {
        fields.set(event.submitter.name, event.submitter.value);
      }
      let outcome;
      try {
        outcome = await post(form, fields);
      } catch (e) {
        outcome = { message: 'The worker does not answer; it may have done it all the same.', problems: [] };
      }
      text(byId('notice'), outcome.message);
      told(outcome);
    });
  };

  const tellProblems = (outcome) => {
    const form = byId('submit');
    form.querySelectorAll('[aria-invalid]').forEach((field) => field.removeAttribute('aria-invalid'));
    form.querySelectorAll('.problem').forEach((place) => text(place, ''));
    byId('problems').replaceChildren(...outcome.problems.map((problem) => {
      const item = document.createElement('li');
      item.textContent = `${problem.field}: ${problem.message}`;
      const field = form.elements.namedItem(problem.field);
      if (field) {
        field.setAttribute('aria-invalid', 'true');
        text(byId(`p-${problem.field}`), problem.message);
      }
      return item;
    }));
    (form.querySelector('[aria-invalid]') || byId('notice')).focus();
  };

  intercept(byId('cancel'), () => {});
  intercept(byId('submit'), tellProblems);
  follow();
})();
