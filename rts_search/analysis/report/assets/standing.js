// Draws the figures of a page that needs no other file. Their Plotly JSON is in the page.
"use strict";

for (const element of document.querySelectorAll("figure[data-figure]")) {
  const plot = element.querySelector(".plot");
  const draw = () => drawInTurn(plot, JSON.parse(element.querySelector("script").textContent));
  draw();
  onThemeChange(draw);
  addEventListener("beforeprint", () => fit(plot));
}
