/** The results as pictures: SVG, by Apache ECharts. */
import * as echarts from "echarts"
import type { Line as Measurement } from "./Benchmark.ts"

/** The part of a line that is drawn. */
export type Line = Pick<Measurement, "work" | "than" | "ours" | "theirs" | "samples">

/** Everybody who is measured, in the order of the legend. */
const contestants = [
  { key: "ours", name: "this library", color: "#0072b2" },
  { key: "raw", name: "HTCondor's tools, by hand", color: "#999999" },
  { key: "bindings", name: "Python bindings", color: "#e69f00" },
  { key: "today", name: "today's systems", color: "#d55e00" }
] as const

type Key = typeof contestants[number]["key"]

/** The contestant that a line compares with. */
const opponent = (than: string): Exclude<Key, "ours"> =>
  than.includes("bindings") ? "bindings" : /one by one|chunks/.test(than) ? "today" : "raw"

const time = (milliseconds: number): string =>
  milliseconds >= 1_000
    ? `${Number((milliseconds / 1_000).toPrecision(3))} s`
    : `${Number(milliseconds.toPrecision(3))} ms`

const draw = (width: number, height: number, option: echarts.EChartsCoreOption): string => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height })
  chart.setOption({ animation: false, backgroundColor: "#ffffff", textStyle: { fontFamily: "sans-serif" }, ...option })
  const svg = chart.renderToSVGString()
  chart.dispose()
  // The styles for a mouse: their names count all charts of the process, and a document shows a picture.
  return `${svg.replace(/<style[\s\S]*?<\/style>/, "").replaceAll(/ class="zr[^"]*"/g, "")}\n`
}

/** Those who were measured. */
const legend = (keys: ReadonlySet<string>) => ({
  top: 36,
  itemGap: 45,
  data: contestants.filter(({ key }) => keys.has(key)).map(({ name }) => name)
})

/** The time of each for the same work: a group of bars for each work, in the order of the lines. */
export const contests = (lines: ReadonlyArray<Line>): string => {
  const works = new Map<string, Map<Key, number>>()
  for (const { ours, than, theirs, work } of lines) {
    if (ours === undefined || theirs === undefined) continue
    const times = works.get(work) ?? new Map<Key, number>([["ours", ours.median]])
    // The first opponent of a kind counts: it is the one with a target.
    if (!times.has(opponent(than))) times.set(opponent(than), theirs.median)
    works.set(work, times)
  }
  const names = Array.from(works.keys()).toReversed()
  const measured = new Set(Array.from(works.values()).flatMap((times) => Array.from(times.keys())))
  return draw(900, 110 + names.length * 90, {
    title: { text: "Time for the same work (logarithmic)", left: "center" },
    legend: legend(measured),
    grid: { left: 240, right: 80, top: 70, bottom: 40 },
    xAxis: { type: "log", min: 10, axisLabel: { formatter: time } },
    yAxis: { type: "category", data: names },
    series: contestants.filter(({ key }) => measured.has(key)).toReversed().map(({ color, key, name }) => ({
      type: "bar",
      name,
      color,
      data: names.map((work) => works.get(work)?.get(key) ?? null),
      label: { show: true, position: "right", formatter: ({ value }: { readonly value: number }) => time(value) }
    }))
  })
}

/** Time against the number of jobs, both logarithmic: a panel for each line with samples by size. */
export const growth = (lines: ReadonlyArray<Line>): string | undefined => {
  const panels = lines.flatMap(({ samples, work }) => {
    const size = samples?.["size"]
    return samples === undefined || size === undefined ? [] : [{ title: work.split(",")[0] ?? work, size, samples }]
  })
  if (panels.length === 0) return undefined
  const width = 300
  return draw(panels.length * width, 360, {
    title: [
      { text: "Time against the number of jobs", left: "center" },
      ...panels.map(({ title }, index) => ({
        text: title,
        left: index * width + width / 2,
        top: 60,
        textAlign: "center",
        textStyle: { fontSize: 13 }
      }))
    ],
    legend: legend(new Set(panels.flatMap(({ samples }) => Object.keys(samples)))),
    grid: panels.map((_, index) => ({ left: index * width + 60, width: width - 90, top: 90, bottom: 50 })),
    xAxis: panels.map((_, gridIndex) => ({
      type: "log",
      gridIndex,
      name: "jobs",
      nameLocation: "middle",
      nameGap: 25
    })),
    yAxis: panels.map((_, gridIndex) => ({ type: "log", gridIndex, axisLabel: { formatter: time } })),
    series: panels.flatMap(({ samples, size }, index) =>
      contestants.flatMap(({ color, key, name }) => {
        const times = samples[key]
        return times === undefined ? [] : [{
          type: "line",
          name,
          color,
          xAxisIndex: index,
          yAxisIndex: index,
          data: times.map((milliseconds, at) => [size[at], milliseconds])
        }]
      })
    )
  })
}
