// The look: the page's own type and colours, hairlines, no boxes. The CSS variables are listed in docs/integrators/form.md.
//
// Ink, quiet text and lines are made from the page's text colour, so they suit any background. The few colours that need
// a counterpart come from light-dark(), which follows the page's `color-scheme`.

export const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host {
  display: block; margin-block: 2.5em;
  font-family: var(--moderato-font, inherit);
  --quiet: var(--moderato-quiet, color-mix(in srgb, currentColor 72%, transparent));
  --line: var(--moderato-line, color-mix(in srgb, currentColor 20%, transparent));
  --edge: color-mix(in srgb, currentColor 60%, transparent);
  --accent: var(--moderato-accent, light-dark(#1c1c1a, #efece4));
  --accent-ink: var(--moderato-accent-ink, light-dark(#ffffff, #161615));
  --paper: var(--moderato-paper, light-dark(#ffffff, #1b1b1a));
  --ink: var(--moderato-ink, light-dark(#1c1c1a, #efece4));
  --bad: var(--moderato-bad, light-dark(#a3261b, #ff9d8f));
  --mark: var(--moderato-mark, light-dark(#fde2b0, #5d4716));
  --focus: var(--moderato-focus, light-dark(#0b57d0, #8ab4ff));
  --radius: var(--moderato-radius, 2px);
}
:host([hidden]), [hidden], .away { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
h2, h3, p, ol, fieldset { margin: 0; padding: 0; border: 0; }
h2, h3 { font-family: var(--moderato-heading-font, inherit); line-height: 1.25; font-weight: 700; text-wrap: balance; }
h2 { font-size: 1.4em; padding-block-end: .5em; border-block-end: 1px solid var(--line); }
h3 { font-size: 1.1em; }
ol { list-style: none; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.unseen {
  position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.quiet, .note, .guidance, .below, time { color: var(--quiet); }
.note, .below, .quiet, time, .badge, .link { font-size: .875em; }

.writer { display: grid; gap: .9em; padding-block: 1.25em 1.5em; }
.guidance { line-height: 1.5; }
.field { display: grid; gap: .3em; }
label, legend { font-weight: 600; padding: 0; }
.note { font-weight: 400; }
input:not([type="radio"]), textarea {
  inline-size: 100%; padding: .6em .7em; font: inherit; line-height: 1.5; color: inherit;
  background: var(--moderato-field, transparent); border: 1px solid var(--edge); border-radius: var(--radius);
  unicode-bidi: plaintext; /* each line in the direction of its script; where there is none, in the page's */
}
input#name { max-inline-size: 24em; }
textarea { display: block; resize: vertical; field-sizing: content; min-block-size: 8em; max-block-size: 60vh; }
.below { display: flex; justify-content: space-between; gap: 1em; margin-block-start: -.5em; }
.counter { font-variant-numeric: tabular-nums; }
.buttons { display: flex; flex-wrap: wrap; align-items: center; gap: .6em 1em; }
button { font: inherit; color: inherit; cursor: pointer; border-radius: var(--radius); }
.first, .second { min-block-size: 2.75em; padding: .5em 1.1em; font-weight: 600; border: 1px solid var(--accent); }
.first { background: var(--accent); color: var(--accent-ink); }
.second { background: transparent; border-color: var(--edge); }
.first:hover, .second:hover { text-decoration: underline; text-underline-offset: .2em; }
.first[aria-disabled="true"] {
  background: color-mix(in srgb, currentColor 12%, transparent); color: var(--quiet); border-color: transparent;
  cursor: default; text-decoration: none;
}
.link {
  min-block-size: 24px; padding: .35em .2em; margin-inline: -.2em .9em; background: none; border: 0; color: var(--quiet);
  text-decoration: underline; text-underline-offset: .2em; text-decoration-color: var(--line);
}
.link:hover { color: inherit; text-decoration-color: currentColor; }
.fault, .failed { color: var(--bad); font-weight: 600; }
.fault:empty, .hints:empty, .own p:empty, .note:empty { display: none; }
.failed { display: grid; justify-items: start; gap: .6em; padding-block: 1em; }

.hint {
  display: grid; gap: .8em; padding: 1em;
  border: 1px solid var(--line); border-inline-start: 4px solid var(--mark); border-radius: var(--radius);
}
.hint > p:first-child { font-weight: 600; }
mark { background: var(--mark); color: inherit; padding-inline: .1em; border-radius: 2px; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; text-align: start; }

.own { padding-block: 1.25em; border-block-start: 1px solid var(--line); }
.own li {
  display: grid; justify-items: start; gap: .5em;
  margin-block-start: .9em; padding-inline-start: 1em; border-inline-start: 3px solid var(--edge);
}
.own .state { font-weight: 600; }
.own .text { color: var(--quiet); }
.own [data-status="rejected"] { border-color: var(--bad); }

.published { border-block-start: 1px solid var(--line); }
.published > .quiet { padding-block: 1.25em; }
.published > .second { margin-block: 1.25em; }
article { padding-block: 1.1em .6em; }
.thread > li + li { border-block-start: 1px solid var(--line); }
.replies > li {
  margin-inline-start: clamp(.4em, 3vw, 1em); padding-inline-start: clamp(.6em, 3vw, 1em);
  border-inline-start: 1px solid var(--line);
}
.replies article { padding-block: .6em; }
article header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .6em; margin-block-end: .35em; }
article footer { margin-block-start: .25em; }
article .writer { margin-block-start: .6em; padding: 1em; border: 1px solid var(--line); border-radius: var(--radius); }
.badge { padding: 0 .5em; border: 1px solid var(--edge); border-radius: 1em; }

dialog {
  inline-size: min(34em, calc(100vw - 2em)); padding: 1.5em; color: var(--ink); background: var(--paper);
  border: 1px solid var(--edge); border-radius: var(--radius);
}
dialog::backdrop { background: rgb(0 0 0 / 45%); }
dialog form { display: grid; gap: 1em; }
.option { display: flex; align-items: center; gap: .5em; min-block-size: 2em; font-weight: 400; }
legend { margin-block-end: .3em; }
`);
