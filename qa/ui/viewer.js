// Module scope survives reruns; one instance per mounted root.
const inst = new WeakMap();
const MOBILE = '(max-width: 820px)';
function mount(root) {
  const $ = (q) => root.querySelector(q), dlg = $('dialog'), doc = document.documentElement;
  const s = { data: { groups: {} }, cur: null, opener: null };
  const list = () => (s.cur ? s.data.groups[s.cur.mid] || [] : []);
  const el = (tag, text, cls) => { const n = document.createElement(tag); n.textContent = text; if (cls) n.className = cls; return n; };
  function fill() {
    const src = list().find((c) => c.n === s.cur.n); if (!src) return close();
    $('.pub').textContent = src.publisher; $('time').textContent = src.date_h; $('time').dateTime = src.date;
    $('h2').textContent = src.title;
    $('.author').textContent = src.author ? `By ${src.author}` : ''; $('.author').hidden = !src.author;
    const full = $('.full'); full.href = src.open; full.hidden = !src.open;
    const a = $('.url a'); let ok = null;
    try { const u = new URL(src.url); if (/^https?:$/.test(u.protocol)) ok = u; } catch {}
    a.hidden = !ok; if (ok) { a.href = ok.href; a.textContent = 'Read at ' + ok.hostname + ' ↗'; }
    const body = $('.body'); body.replaceChildren();
    for (const [kind, parts] of src.blocks) {
      const p = el(kind === 'heading' ? 'h3' : 'p', '', kind);
      for (const [t, hit] of parts) p.append(hit ? el('mark', t, hit === 1 ? 'cited' : 'also') : document.createTextNode(t));
      body.append(p);
    }
    const i = list().indexOf(src), n = list().length;
    $('.pos').textContent = `Source ${src.n} · ${i + 1} of ${n}`;
    $('.prev').disabled = i === 0; $('.next').disabled = i === n - 1;
    for (const c of document.querySelectorAll('a.cite[aria-current],a.src[aria-current]')) c.removeAttribute('aria-current');
    for (const c of document.querySelectorAll(`a[href="#cite-${CSS.escape(s.cur.mid)}-${src.n}"]`)) c.setAttribute('aria-current', 'true');
    requestAnimationFrame(() => { const m = $('mark.cited'), sc = $('.scroll'); sc.scrollTop = 0; if (!m) return;
      const y = m.getBoundingClientRect(), b = sc.getBoundingClientRect(); if (y.bottom > b.top + b.height * 0.8) sc.scrollTop = y.top - b.top - b.height * 0.3; });
  }
  function open(mid, n, opener) {
    if (!(s.data.groups[mid] || []).some((c) => c.n === n)) return false;
    s.cur = { mid, n }; if (opener) s.opener = opener;
    fill();
    if (!dlg.open) { if (matchMedia(MOBILE).matches) dlg.showModal(); else { dlg.show(); doc.setAttribute('data-viewer', 'open'); } }
    $('h2').focus({ preventScroll: true });
    return true;
  }
  function close() { if (dlg.open) dlg.close(); }
  function onClosed() {
    doc.removeAttribute('data-viewer');
    for (const c of document.querySelectorAll('a[aria-current][href^="#cite-"]')) c.removeAttribute('aria-current');
    let o = s.opener; if (o && !o.isConnected) o = document.querySelector(`a[href="${o.getAttribute('href')}"]`);
    s.cur = s.opener = null; if (o) o.focus({ preventScroll: true });
  }
  function step(d) { const l = list(), i = l.findIndex((c) => c.n === s.cur.n) + d; if (l[i]) open(s.cur.mid, l[i].n); }
  const onClick = (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey) return;
    const a = e.target.closest && e.target.closest('a[href^="#cite-"]'); if (!a) return;
    const m = /^#cite-(.+)-(\d+)$/.exec(a.getAttribute('href')); if (!m) return;
    if (open(m[1], +m[2], a)) e.preventDefault();           // unknown source: fall through to the plain anchor
  };
  const copy = async () => {
    const src = list().find((c) => c.n === s.cur.n); if (!src) return;
    await navigator.clipboard.writeText(`“${src.quote}” (${[src.title, src.publisher, src.date_h, src.url].filter(Boolean).join(', ')})`);
    $('.copy').textContent = 'Copied'; setTimeout(() => { $('.copy').textContent = 'Copy quote'; }, 1500);
  };
  const onKey = (e) => { if (e.key === 'Escape' && dlg.open) { close(); }
    else if (dlg.open && root.activeElement && (e.key === 'ArrowLeft' || e.key === 'ArrowRight')) step(e.key === 'ArrowLeft' ? -1 : 1); };
  document.addEventListener('click', onClick); document.addEventListener('keydown', onKey);
  $('.x').onclick = close; $('.copy').onclick = copy; $('.prev').onclick = () => step(-1); $('.next').onclick = () => step(1);
  dlg.addEventListener('close', onClosed);
  dlg.addEventListener('click', (e) => { if (e.target === dlg && dlg.matches(':modal')) { const r = dlg.getBoundingClientRect(); if (e.clientY < r.top) close(); } });
  s.update = (d) => { s.data = d; if (s.cur && !list().some((c) => c.n === s.cur.n)) close();
    const h = /^#cite-(.+)-(\d+)$/.exec(location.hash);   // a chip clicked before this script had loaded, or a shared link
    if (h && !s.cur && open(h[1], +h[2], document.querySelector(`a.cite[href="${CSS.escape ? location.hash : ''}"]`))) history.replaceState(history.state, '', location.pathname + location.search); };
  s.destroy = () => { document.removeEventListener('click', onClick); document.removeEventListener('keydown', onKey); doc.removeAttribute('data-viewer'); inst.delete(root); };
  return s;
}
export default function ({ data, parentElement }) {
  let s = inst.get(parentElement); if (!s) { s = mount(parentElement); inst.set(parentElement, s); }
  s.update(data);
  return () => s.destroy();
}
