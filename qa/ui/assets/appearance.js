// Light or dark: written where Streamlit looks when it loads a page, for each page of the app.
const VERSION = 2;  // of Streamlit's entry; an unknown one is ignored by it

function keyOf(page) {
  const base = location.pathname.replace(/\/[^/]*$/, '');  // the folder that the app is served in
  return `stActiveTheme-${base}/${page}-v${VERSION}`;
}

function chosen(page) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(page))) || 'System';
  } catch {
    return 'System';
  }
}

export default function ({ data, parentElement }) {
  const inputs = [...parentElement.querySelectorAll('input')];
  for (const input of inputs) {
    input.checked = input.value === chosen(data.pages[0]);
    input.onchange = () => {
      for (const page of data.pages) localStorage.setItem(keyOf(page), JSON.stringify(input.value));
      location.reload();
    };
  }
}
