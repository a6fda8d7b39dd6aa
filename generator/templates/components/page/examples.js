import { code, markup } from './markup.js';

/** Generates the examples of a message. The first one is open. */
export const exampleList = (examples) =>
  examples.map((example, index) => {
    const { name, summary, key, headers, value } = example;
    const title = name ?? String(index + 1);
    return markup`<details class="example"${index === 0 && markup` open`}>
<summary>Example <b>${title}</b>${summary !== undefined && markup`<span>${summary}</span>`}</summary>
<div class="blocks">
${block('Value', value)}
<div class="more">
${key !== undefined && block('Key', key.text, markup`${key.isBytes ? 'bytes of' : 'from'} ${code(key.from)}`)}
${headers !== '' && block('Headers', headers)}
</div>
</div>
</details>
`;
  });

/** Generates a text that can be copied: the script adds the button. */
const block = (label, text, note) => markup`<figure class="copyable">
<figcaption>${label}${note !== undefined && markup` <small>${note}</small>`}</figcaption>
<pre><code>${text}</code></pre>
</figure>`;
