// The source viewer. It opens in the browser, without a trip to the server, from any link to "#cite-GROUP-NUMBER";
// pointed at, or reached by keyboard, a numbered link shows its quote. And the page's shortcuts of one key.
// Article text enters the page through textContent only.
const viewers = new WeakMap();  // one per mounted root: survives reruns
const PHONE = '(max-width: 820px)';
const HOVER_MS = 180;  // a pointer that only passes over a link shows nothing
const KEYS = {  // single keys, which the user can turn off
  '/': '[data-testid="stChatInputTextArea"]', n: '.st-key-new button', '?': '.st-key-keys button',
  f: '.st-key-scope_menu button',
};
const CITATION = /^#cite-(.+)-(\d+)$/;

function mount(root) {
  const $ = (selector) => root.querySelector(selector);
  const dialog = $('dialog');
  const page = document.documentElement;
  let groups = {};
  let shortcuts = true;
  let current = null;  // { group, number }
  let opener = null;
  let hovering = 0;

  const sources = () => (current && groups[current.group] ? groups[current.group].sources : []);

  function element(tag, text, className) {
    const node = document.createElement(tag);
    node.textContent = text;
    if (className) node.className = className;
    return node;
  }

  function webAddress(text) {
    try {
      const url = new URL(text);
      return /^https?:$/.test(url.protocol) ? url : null;
    } catch {
      return null;
    }
  }

  function block(kind, pieces, number) {
    const node = element(kind === 'heading' ? 'h3' : kind === 'quote' ? 'blockquote' : 'p', '', kind);
    node.dir = 'auto';
    for (const [text, numbers] of pieces) {
      if (numbers.includes(number)) node.append(element('mark', text));
      else if (numbers.length) node.append(element('span', text, 'also'));
      else node.append(document.createTextNode(text));
    }
    return node;
  }

  function fill() {
    const all = sources();
    const source = all.find((one) => one.number === current.number);
    if (!source) return close();
    const article = groups[current.group].articles[source.article];
    $('.publisher').textContent = article.publisher;
    $('time').textContent = article.day;
    $('time').dateTime = article.date;
    $('h2').textContent = $('.short').textContent = article.title;
    $('.author').textContent = article.author;
    $('.author').hidden = !article.author;
    const url = webAddress(article.url);
    $('.original').hidden = !url;
    if (url) {
      $('.original').href = url.href;
      $('.original').textContent = `Read at ${url.hostname} ↗`;
    }
    $('.full').hidden = !source.open;
    if (source.open) $('.full').href = source.open;
    $('.remark').hidden = !article.remark;
    $('.told').textContent = article.remark;
    $('.newest').hidden = !article.newest;
    if (article.newest) $('.newest').href = article.newest;
    $('.body').replaceChildren(...article.blocks.map(([kind, pieces]) => block(kind, pieces, source.number)));
    const place = all.indexOf(source);
    $('.position').textContent = `Source ${place + 1} of ${all.length}`;
    $('.previous').disabled = place === 0;
    $('.next').disabled = place === all.length - 1;
    $('.copy').textContent = 'Copy quote';
    unmark();
    const href = `#cite-${current.group}-${source.number}`;
    for (const link of document.querySelectorAll('a[href^="#cite-"]')) if (link.getAttribute('href') === href) link.setAttribute('aria-current', 'true');
    requestAnimationFrame(showMark);
  }

  function showMark() {
    const scroll = $('.scroll');
    scroll.scrollTop = 0;
    const mark = $('mark');
    if (!mark) return;
    const box = scroll.getBoundingClientRect();
    const place = mark.getBoundingClientRect();
    if (place.bottom > box.top + box.height * 0.8) scroll.scrollTop = place.top - box.top - box.height * 0.3;
  }

  function unmark() {
    for (const link of document.querySelectorAll('a[aria-current][href^="#cite-"]')) link.removeAttribute('aria-current');
  }

  function open(group, number, link) {
    if (!groups[group] || !groups[group].sources.some((source) => source.number === number)) return false;
    unpreview();
    current = { group, number };
    if (link) opener = link;
    fill();
    if (!dialog.open) {
      if (matchMedia(PHONE).matches) dialog.showModal();
      else {
        dialog.show();
        page.setAttribute('data-viewer', 'open');
      }
    }
    $('h2').focus({ preventScroll: true });
    return true;
  }

  function close() {
    if (dialog.open) dialog.close();
  }

  function closed() {
    page.removeAttribute('data-viewer');
    unmark();
    let link = opener;
    if (link && !link.isConnected) {  // the page was drawn again meanwhile
      link = [...document.querySelectorAll('a[href^="#cite-"]')].find((one) => one.getAttribute('href') === opener.getAttribute('href'));
    }
    current = opener = null;
    if (link) link.focus({ preventScroll: true });
  }

  function preview(link) {
    const match = CITATION.exec(link.getAttribute('href'));
    const source = match && groups[match[1]] && groups[match[1]].sources.find((one) => one.number === Number(match[2]));
    if (!source || !link.isConnected) return;
    const box = $('.preview');
    $('.by').textContent = source.by;
    $('.quoted').textContent = source.quote;
    $('.support').textContent = source.support;
    link.setAttribute('aria-description', source.quote);  // a screen reader cannot reach from the page into here
    box.hidden = false;
    const place = link.getBoundingClientRect();
    const above = place.top - box.offsetHeight - 8;
    box.style.top = `${above > 8 ? above : place.bottom + 8}px`;
    box.style.left = `${Math.max(12, Math.min(place.left - 20, innerWidth - box.offsetWidth - 12))}px`;
  }

  function unpreview() {
    clearTimeout(hovering);
    $('.preview').hidden = true;
  }

  const chipOf = (event) => (event.target.closest ? event.target.closest('a.cw-chip') : null);

  function onPointer(event) {
    const chip = chipOf(event);
    if (!chip || event.pointerType !== 'mouse') return;
    unpreview();
    hovering = setTimeout(() => preview(chip), HOVER_MS);
  }

  function onFocus(event) {
    const chip = chipOf(event);
    if (chip && chip.matches(':focus-visible')) preview(chip);
  }

  function onLeave(event) {
    if (chipOf(event)) unpreview();
  }

  function step(by) {
    const all = sources();
    const next = all[all.findIndex((source) => source.number === current.number) + by];
    if (next) open(current.group, next.number);
  }

  async function copy(text, button) {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Copying is not allowed here';
    }
    setTimeout(() => { button.textContent = label; }, 1600);
  }

  function onClick(event) {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || !event.target.closest) return;
    const link = event.target.closest('a[href^="#cite-"], a[href^="#copy-"]');
    if (!link) return;
    const href = link.getAttribute('href');
    if (href.startsWith('#copy-')) {
      const group = groups[href.slice('#copy-'.length)];
      event.preventDefault();
      if (group) copy(group.markdown, link);
      return;
    }
    const match = CITATION.exec(href);
    if (match && open(match[1], Number(match[2]), link)) event.preventDefault();  // else it is a plain anchor to its card
  }

  function onKey(event) {
    if (event.key === 'Escape') unpreview();
    const at = event.composedPath()[0];
    const typing = at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
    if (shortcuts && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key]) {
      const target = document.querySelector(KEYS[event.key]);
      if (target) {
        event.preventDefault();
        if (event.key === '/') target.focus();
        else target.click();
      }
    }
    if (!dialog.open) return;
    if (event.key === 'Escape') close();
    else if (root.activeElement && event.key === 'ArrowLeft') step(-1);
    else if (root.activeElement && event.key === 'ArrowRight') step(1);
  }

  const listeners = { click: onClick, keydown: onKey, pointerover: onPointer, pointerout: onLeave, focusin: onFocus, focusout: onLeave };
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener);
  document.addEventListener('scroll', unpreview, { capture: true, passive: true });
  $('.close').onclick = close;
  $('.previous').onclick = () => step(-1);
  $('.next').onclick = () => step(1);
  $('.copy').onclick = (event) => {
    const source = sources().find((one) => one.number === current.number);
    if (source) copy(source.reference, event.currentTarget);
  };
  $('.scroll').addEventListener('scroll', () => {  // the title stays in sight
    $('header').classList.toggle('scrolled', $('h2').getBoundingClientRect().bottom < $('.scroll').getBoundingClientRect().top);
  });
  dialog.addEventListener('close', closed);
  dialog.addEventListener('click', (event) => {  // a tap on the backdrop above the sheet
    if (event.target === dialog && dialog.matches(':modal') && event.clientY < dialog.getBoundingClientRect().top) close();
  });

  function update(data) {
    groups = data.groups;
    shortcuts = data.shortcuts;
    if (current && !sources().some((source) => source.number === current.number)) close();
    const match = CITATION.exec(location.hash);  // a chip clicked before this script had loaded, or a shared link
    if (match && !current) {
      const link = [...document.querySelectorAll('a.cw-chip')].find((one) => one.getAttribute('href') === location.hash);
      if (open(match[1], Number(match[2]), link)) history.replaceState(history.state, '', location.pathname + location.search);
    }
  }

  function destroy() {
    unpreview();
    for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener);
    document.removeEventListener('scroll', unpreview, { capture: true });
    page.removeAttribute('data-viewer');
    viewers.delete(root);
  }

  return { update, destroy };
}

export default function ({ data, parentElement }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) {
    viewer = mount(parentElement);
    viewers.set(parentElement, viewer);
  }
  viewer.update(data);
  return () => viewer.destroy();
}
