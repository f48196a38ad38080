// Draws each plot from the JSON beside it, in the colours that the reader's system asks for, and in those of paper when printed.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  const light = { ink: "#1c2128", pale: "#59636e", line: "#dfe3e8" };
  const night = { ink: "#e4e8ec", pale: "#9aa5b1", line: "#2f3740" };
  const colours = () => (dark.matches && !paper.matches ? night : light);
  const plots = [...document.querySelectorAll("figure.plot")].map((figure) => ({
    canvas: figure.querySelector(".canvas"),
    ...JSON.parse(figure.querySelector("script").textContent),
  }));

  const styled = (layout, { ink, pale, line }) => {
    const axis = (own) => ({
      ...own,
      ...(own?.type === "log" ? { dtick: 1, exponentformat: "power" } : {}),
      automargin: true,
      gridcolor: line,
      linecolor: line,
      zerolinecolor: line,
      tickfont: { color: ink, size: 11 },
      title: { ...own?.title, font: { color: pale, size: 12 } },
    });
    return {
      ...layout,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: ink, family: "system-ui, DejaVu Sans, sans-serif" },
      margin: { l: 8, r: 8, t: 28, b: 8 },
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", font: { color: ink, size: 11 } },
      showlegend: true,
      xaxis: axis(layout.xaxis),
      yaxis: axis(layout.yaxis),
    };
  };

  const draw = ({ canvas, data, layout }) =>
    Plotly.react(canvas, data, styled(layout, colours()), { responsive: true, displayModeBar: false });
  const drawAll = () => Promise.all(plots.map(draw));

  dark.addEventListener("change", drawAll);
  paper.addEventListener("change", drawAll);
  drawAll().then(() => (document.documentElement.dataset.plots = plots.length));
})();
