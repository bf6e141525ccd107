// The pages' colours for what is drawn on a canvas, which knows no CSS.
"use strict";
// light-dark() resolves only where it is used, so a colour is read off an element.
window.moderato.colour = (name, alpha = 1) => {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return alpha === 1 ? found : found.replace(/^rgba?\(([^)]+)\)$/, (_, rgb) => `rgba(${rgb.split(",").slice(0, 3).join(",")}, ${alpha})`);
};
