/** Text that is markup already: everything else is escaped when it becomes part of the page. */
class Markup {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const escape = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Returns a value of a template as markup: lists are joined, and what is missing is empty. */
function textOf(value) {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(textOf).join('');
  return value === undefined || value === null || value === false ? '' : escape(String(value));
}

/** Returns markup. The values in the template are escaped, unless they are markup. */
export const markup = (strings, ...values) =>
  new Markup(strings.reduce((text, part, index) => text + textOf(values[index - 1]) + part));

/** Marks a text as markup: a description that was Markdown, the style sheet, the script. */
export const trusted = (text) => new Markup(text);

/** Returns markup with another one between its parts. */
export const joined = (parts, separator = ', ') =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));

export const code = (text) => markup`<code>${text}</code>`;
