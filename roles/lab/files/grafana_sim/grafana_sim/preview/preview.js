// SPDX-License-Identifier: GPL-3.0-or-later
// Each chart brings its data along as JSON.
for (const place of document.querySelectorAll('.chart')) {
  const figure = JSON.parse(place.querySelector('script').textContent);
  Plotly.newPlot(place, figure.data, figure.layout, {displayModeBar: false, responsive: true});
}
document.body.dataset.drawn = document.querySelectorAll('.chart.js-plotly-plot').length;
