/** Makes HTML of descriptions, which are Markdown. */
import { Marked } from 'marked';

/**
 * Markdown in which HTML is text, and links lead to pages only: a document's author writes neither scripts nor markup here. Headings
 * are bold text, since the page has an outline of its own. Marked escapes all texts.
 */
const markdown = new Marked({
  renderer: {
    html({ raw, text }) {
      return this.text({ type: 'text', raw, text });
    },
    link(link) {
      return /^(?:https?:|mailto:|#)/i.test(link.href) ? false : this.parser.parseInline(link.tokens);
    },
    image({ raw, text }) {
      return this.text({ type: 'text', raw, text });
    },
    heading({ tokens }) {
      return `<p><strong>${this.parser.parseInline(tokens)}</strong></p>\n`;
    },
  },
});

/** Returns texts as HTML: descriptions are Markdown. */
export function html(...texts: readonly (string | undefined)[]): string {
  return markdown.parse(texts.filter((text) => text !== undefined).join('\n\n'), { async: false });
}
