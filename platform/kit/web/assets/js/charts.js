// Loaded only on pages with a chart. Reads what {% chart %} wrote with json_script and draws it;
// the table under the chart is the accessible form of the same numbers and needs no script.
import { init, use } from "echarts/core";
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendPlainComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, PieChart, GridComponent, LegendPlainComponent, TooltipComponent, CanvasRenderer]);

const COLOURS = ["#0b7a3b", "#d4380d", "#1463c8", "#b45309", "#6b4fbb", "#0e7490", "#7c8a80"];
const MONEY_MARK = { CNY: "¥", USD: "$", EUR: "€" };
const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches || navigator.webdriver === true;

function amount(value, spec) {
  if (value === null || value === undefined) return "–";
  if (!spec.currency) return new Intl.NumberFormat(document.documentElement.lang).format(value) + (spec.unit || "");
  const digits = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return (MONEY_MARK[spec.currency] || `${spec.currency} `) + digits.format(value / 100);
}

function axisAmount(value, spec) {
  const plain = spec.currency ? value / 100 : value;
  const short = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1 });
  return (spec.currency ? MONEY_MARK[spec.currency] || "" : "") + short.format(plain);
}

function base(spec) {
  return {
    animation: !calm,
    color: COLOURS,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: "#4a574f" },
    // richText draws the tooltip on the canvas: the HTML one writes style attributes, which our CSP forbids
    tooltip: { renderMode: "richText", confine: true, valueFormatter: (value) => amount(value, spec), trigger: spec.kind === "pie" ? "item" : "axis" },
    // ECharts 6 puts the legend at the foot, over the axis
    legend: { show: spec.kind === "pie" || spec.series.length > 1, top: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10 },
  };
}

function pie(spec) {
  const slices = spec.labels.map((name, index) => ({ name, value: spec.series[0].values[index] }));
  return { ...base(spec), series: [{ type: "pie", radius: ["46%", "72%"], center: ["50%", "58%"], label: { show: false }, data: slices }] };
}

function axes(spec) {
  const names = { type: "category", data: spec.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: "#cfd8d2" } }, axisLabel: { hideOverlap: true, color: "#4a574f" } };
  const numbers = { type: "value", axisLabel: { color: "#4a574f", formatter: (value) => axisAmount(value, spec) }, splitLine: { lineStyle: { color: "#e8ede9" } } };
  const sideways = spec.kind === "bars";
  return {
    ...base(spec),
    grid: { left: 8, right: 16, top: spec.series.length > 1 ? 40 : 16, bottom: 4, containLabel: true },
    xAxis: sideways ? numbers : names,
    yAxis: sideways ? { ...names, inverse: true } : numbers,
    series: spec.series.map((series) => ({
      name: series.name,
      data: series.values,
      type: spec.kind === "line" ? "line" : "bar",
      smooth: 0.25,
      symbolSize: 6,
      lineStyle: { width: 2.5 },
      barMaxWidth: 28,
      itemStyle: spec.kind === "line" ? {} : { borderRadius: sideways ? [0, 4, 4, 0] : [4, 4, 0, 0] },
      areaStyle: spec.kind === "line" && spec.series.length === 1 ? { opacity: 0.08 } : undefined,
    })),
  };
}

function draw(holder) {
  if (holder.dataset.drawn) return;
  const spec = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
  const chart = init(holder, null, { renderer: "canvas" });
  chart.setOption(spec.kind === "pie" ? pie(spec) : axes(spec));
  holder.dataset.drawn = "yes";
  new ResizeObserver(() => chart.resize()).observe(holder);
}

function drawAll(root) {
  root.querySelectorAll("[data-chart]").forEach(draw);
}

document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
document.addEventListener("DOMContentLoaded", () => drawAll(document));
if (document.readyState !== "loading") drawAll(document);
