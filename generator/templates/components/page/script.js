// Search, the menu of narrow screens, and buttons that copy. The page can be read without it.
'use strict';

document.documentElement.classList.add('js');
document.addEventListener('DOMContentLoaded', () => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const search = one('#search');
  const menu = one('#menu');
  const navigation = one('#navigation');

  // The menu.
  menu.hidden = false;
  const showMenu = (isOpen) => {
    navigation.classList.toggle('open', isOpen);
    menu.setAttribute('aria-expanded', String(isOpen));
  };
  menu.addEventListener('click', () => showMenu(menu.getAttribute('aria-expanded') === 'false'));
  navigation.addEventListener('click', (event) => event.target.closest('a') && showMenu(false));

  // Copying. Browsers forbid it on pages without TLS: there the text is selected.
  const say = (text) => (one('#status').textContent = text);
  async function copied(text, block) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      getSelection().selectAllChildren(block);
      return document.execCommand('copy');
    }
  }
  for (const figure of all('.copyable')) {
    const block = figure.querySelector('code');
    const label = figure.querySelector('figcaption').firstChild.textContent.trim();
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', `Copy ${label.toLowerCase()}`);
    button.addEventListener('click', async () => {
      const isCopied = await copied(block.textContent, block);
      button.textContent = isCopied ? 'Copied' : 'Selected';
      say(isCopied ? `${label} copied` : `${label} selected`);
      setTimeout(() => (button.textContent = 'Copy'), 2000);
    });
    figure.append(button);
  }

  // Search. What can be found is a tree: sections with messages with fields.
  const textOf = (element) => element.textContent.toLowerCase();
  const nodeOf = (element) => {
    const inner = all('[data-find]', element).filter((other) => other.parentElement.closest('[data-find]') === element);
    const head = inner.length === 0 ? element : element.querySelector(':scope > .head, :scope > h2');
    return { element, kind: element.dataset.find, text: textOf(head), inner: inner.map(nodeOf) };
  };
  const roots = all('main [data-find="section"]').map(nodeOf);
  const entries = all('nav li').map((item) => ({ item, target: targetOf(item.querySelector('a')) }));
  const channelHeaders = all('details.headers');
  let counts = new Map();

  function targetOf(link) {
    return document.getElementById(decodeURIComponent(link.hash.slice(1)));
  }

  /** Shows a node if it has all words, in its own text and those around it, and one of them in its own. */
  function filter(node, words, around, isShown) {
    const text = `${around} ${node.text}`;
    const isFound =
      node.kind !== 'section' &&
      words.every((word) => text.includes(word)) &&
      words.some((word) => node.text.includes(word));
    if (isFound) counts.set(node.kind, (counts.get(node.kind) ?? 0) + 1);
    const whole = isShown || isFound;
    const inner = node.inner.map((child) => filter(child, words, text, whole));
    node.element.hidden = !whole && !inner.includes(true);
    node.element.classList.toggle('partial', !whole);
    return !node.element.hidden;
  }

  function update() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isSearching = words.length > 0;
    counts = new Map();
    document.documentElement.classList.toggle('searching', isSearching);
    for (const root of roots) filter(root, words, '', !isSearching);
    for (const { item, target } of entries) item.hidden = isSearching && target?.closest('[hidden], .intro') !== null;
    for (const table of all('main table')) {
      table.hidden = isSearching && all('tbody tr:not([hidden])', table).length === 0;
    }
    for (const details of channelHeaders) {
      details.hidden = all('table:not([hidden])', details).length === 0;
      details.open = isSearching && details.closest('.partial') !== null;
    }
    one('#results').textContent = isSearching ? resultOf(search.value.trim()) : '';
    highlight(words);
  }

  function resultOf(query) {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if (total === 0) return `Nothing found for “${query}”.`;
    const kinds = [...counts].map(([kind, count]) => `${count} ${kind}${count === 1 ? '' : 's'}`);
    return `${total} result${total === 1 ? '' : 's'} for “${query}”: ${kinds.join(', ')}.`;
  }

  function highlight(words) {
    if (!('highlights' in CSS)) return;
    const ranges = [];
    const walker = document.createTreeWalker(one('main'), NodeFilter.SHOW_TEXT);
    while (words.length > 0 && walker.nextNode()) {
      const node = walker.currentNode;
      const text = node.data.toLowerCase();
      if (node.parentElement.closest('[hidden], #results')) continue;
      for (const word of words) {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set('found', new Highlight(...ranges));
  }

  function clear() {
    if (search.value === '') return;
    search.value = '';
    update();
  }

  one('.search').hidden = false;
  search.addEventListener('input', () => {
    update();
    scrollTo(0, 0);
  });
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') one('main [data-find]:not([hidden]):not(.partial) a')?.focus();
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.closest('input, textarea, select, [contenteditable]') !== null;
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === 'Escape') {
      clear();
      showMenu(false);
    }
  });

  // A link leads to what the search hides, or to what is closed.
  function show(target) {
    if (target?.closest('[hidden], .partial') || (target && one('.searching .intro')?.contains(target))) clear();
    for (let outer = target?.closest('details'); outer; outer = outer.parentElement.closest('details'))
      outer.open = true;
  }
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link) show(targetOf(link));
  });
  addEventListener('hashchange', () => {
    const target = targetOf(location);
    show(target);
    target?.scrollIntoView();
  });

  // The entry of the contents for what is on the screen.
  const links = new Map(entries.map(({ item, target }) => [target, item.querySelector('a')]));
  let current;
  const mark = (link) => {
    if (link === current) return;
    current?.removeAttribute('aria-current');
    link.setAttribute('aria-current', 'true');
    current = link;
    const { top, bottom } = link.getBoundingClientRect();
    const frame = navigation.getBoundingClientRect();
    if (top < frame.top || bottom > frame.bottom) navigation.scrollTop += top - frame.top - frame.height / 3;
  };
  const observer = new IntersectionObserver(
    (changes) => {
      const visible = changes.filter(({ isIntersecting }) => isIntersecting).map(({ target }) => target);
      const last = visible.at(-1);
      if (last && links.has(last)) mark(links.get(last));
    },
    { rootMargin: '-5% 0px -65% 0px' },
  );
  for (const target of links.keys()) if (target) observer.observe(target);
});
