/** Runs in a page. Returns what sticks out of the window or of its box, except within boxes that scroll. */
(() => {
  const nameOf = (element) => {
    const { tagName, id, className } = element;
    return `${tagName.toLowerCase()}${id && `#${id}`}${className && `.${className}`} "${element.textContent.trim().slice(0, 30)}"`;
  };
  const isClipped = (element) => {
    for (let outer = element; outer !== null; outer = outer.parentElement) {
      const { overflowX, clipPath } = getComputedStyle(outer);
      // Of elements with clip-path only screen readers read something.
      if (clipPath !== 'none' || (outer !== document.documentElement && overflowX !== 'visible')) return true;
    }
    return false;
  };
  const width = document.documentElement.clientWidth;
  const found = document.documentElement.scrollWidth > innerWidth ? ['the page'] : [];
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || box.bottom < 0) continue;
    const isOutside = box.left < -0.5 || box.right > width + 0.5;
    const isTooSmall = element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
    if ((isOutside || isTooSmall) && !isClipped(element)) found.push(nameOf(element));
  }
  return found;
})();
