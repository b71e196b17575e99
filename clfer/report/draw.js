// Charts are drawn when they come near the window, and all of them before printing.
const figures = JSON.parse(document.getElementById("figures").textContent);
const config = { displaylogo: false, responsive: true, scrollZoom: false };
const draw = (place) => {
  const figure = figures[place.id];
  if (!figure || place.dataset.drawn) return;
  place.dataset.drawn = "true";
  Plotly.newPlot(place, figure.data, figure.layout, config);
};
const places = [...document.querySelectorAll(".plot")];
const watcher = new IntersectionObserver(
  (entries) => entries.filter((e) => e.isIntersecting).forEach((e) => draw(e.target)),
  { rootMargin: "1200px" },
);
places.forEach((place) => watcher.observe(place));
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((details) => { details.open = true; });
  places.forEach(draw);
});
