import { find } from 'linkifyjs';
import type { ComponentChildren } from 'preact';
import { t, type Key } from './i18n';

/** Words of people as they were typed, with links that can be pressed. Nothing in them is markup. */
export function Words({ text }: { text: string }) {
  return (
    <>
      {text
        .trim()
        .split(/\n{2,}/)
        .map((paragraph, index) => (
          <p key={index} class="said">
            {linked(paragraph)}
          </p>
        ))}
    </>
  );
}

function linked(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const link of find(text)) {
    if (!/^(https?|mailto):/.test(link.href)) continue;
    parts.push(
      text.slice(at, link.start),
      <a href={link.href} target="_blank" rel="noopener noreferrer nofollow">
        {link.value}
      </a>,
    );
    at = link.end;
  }
  return [...parts, text.slice(at)];
}

/** A sentence of the console whose placeholders are set in bold. */
export const Sentence = ({ of, values }: { of: Key; values: Record<string, string> }) => (
  <>
    {t(of)
      .split(/(\{\w+\})/)
      .map((part, index) => {
        const name = /^\{(\w+)\}$/.exec(part)?.[1];
        return name ? <b key={index}>{values[name] ?? ''}</b> : part;
      })}
  </>
);
