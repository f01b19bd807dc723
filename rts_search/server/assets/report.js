// The figures of a report, which holds all of them itself.
"use strict";
const kept = JSON.parse(document.getElementById("figures").textContent);
const drawAll = () => {
  for (const element of document.querySelectorAll("figure[data-key]")) {
    drawFigure(element.querySelector(".plot"), kept[element.dataset.key]);
  }
};
drawAll();
onThemeChange(drawAll);
