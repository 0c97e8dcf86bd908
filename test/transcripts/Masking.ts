/**
 * Takes out of what tools print what is different each time. As little as possible, because whatever is masked is not
 * compared.
 */

/**
 * - `clusters`: the numbers of the situation's clusters, by their names
 * - `values`: what stood for the other placeholders, by their names
 */
export interface Names {
  readonly clusters: ReadonlyMap<string, number>
  readonly values: ReadonlyMap<string, string>
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")

// A cluster's number is often a small one, which other things are, too: it counts only where a cluster is meant.
const clusterPlaces = (number: number): ReadonlyArray<RegExp> => [
  // 12.0, but no part of an address, and no number of an ad
  new RegExp(`(?<![\\d.]|[=*] |": )()${number}(?=\\.\\d+(?!\\d|\\.\\d))`, "g"),
  new RegExp(`(\\bclusters? ?|\\bjob_|\\bClusterId\\W{1,5})${number}(?!\\d)`, "gi"),
  // The spool has so many directories.
  new RegExp(`(\\bspool/)${number % 10_000}(?!\\d)`, "g"),
  // (012.000.000), as the job's log has it
  new RegExp(`(\\()${String(number).padStart(3, "0")}(?=\\.\\d{3}\\.\\d{3}\\))`, "g")
]

const general: ReadonlyArray<readonly [RegExp, string]> = [
  // Where a daemon can be reached besides its address, and the port of a tool, which is never the same.
  [/<(\{pool\})\?[^>]*>/g, "<$1?{parameters}>"],
  [/<([\w.{}]+):\d+>/g, "<$1:{port}>"],
  [/\b1[6-9]\d{8}\b/g, "{time}"],
  [/\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\b/g, "{date}"],
  [/\$Condor(Version|Platform): [^$]*\$/g, "$Condor$1: {build} $"],
  [/(?<=\bdir_)\d+/g, "{pid}"],
  [/\bslot\d+_\d+@[\w.-]+/g, "{slot}"],
  // What a machine is called.
  [/(?<=<\{pool\}\?\{parameters\}> : |access point )[\w{}-]+(?:\.[\w{}-]+)*/g, "{machine}"],
  [/(?<=^Session ID: +)\S+$/gm, "{session}"],
  // What a job used of its machine, its number in the pool, and its token.
  [
    /(?<=^(?:ResidentSetSize|ImageSize|DiskUsage)(?:_RAW)? = |^(?:ScratchDirFileCount|CpusUsage) = )[\d.E-]+$/gm,
    "{measured}"
  ],
  [/(?<=^(?:Last)?RemoteWallClockTime = )[\d.]+$/gm, "{measured}"],
  // A CE learns some time later what the pool knows.
  [/(?<=^ {2}"(?:NumJobStarts|BytesSent)": )[\d.]+(?=,?$)/gm, "{measured}"],
  [/(?<=^(?:RoutedToJobId = | {2}"RoutedToJobId": )")[^"]+/gm, "{routed}"],
  [/(?<=^AuthTokenId = ")[0-9a-f]+/gm, "{token}"],
  // How many jobs of all users the queue holds.
  [/(?<=^TotalJobAds = )\d+$/gm, "{jobs}"],
  // Help screens, but for their first line.
  [/^(Usage: condor_\w+ .*\n)[\s\S]*$/gm, "$1{help}"],
  // The job of the pool, if the CE knows it by then.
  [/(?<=Job executing on host: ).*$/gm, ""]
]

// What became of each job, as `-long` says it: ordered as text, so that it depends on numbers which cluster comes first.
const results = /^(?:job_\S+_\d+ = \d+\n)+/gm

/** With the clusters in the order of their names; the jobs of a cluster stay as they are. */
const byCluster = (lines: string): string => {
  const clusterOf = (line: string): string => line.slice(0, line.lastIndexOf("_"))
  const order = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0
  return lines.split("\n").slice(0, -1).toSorted((a, b) => order(clusterOf(a), clusterOf(b))).join("\n") + "\n"
}

/** The text, with names for what is new each time. */
export const mask = (text: string, { clusters, values }: Names): string => {
  let masked = text
  for (const [name, value] of values) {
    masked = masked.replaceAll(new RegExp(`${escape(value)}(?![\\w])`, "g"), `{${name}}`)
  }
  for (const [name, number] of clusters) {
    for (const place of clusterPlaces(number)) masked = masked.replaceAll(place, `$1{${name}}`)
  }
  for (const [pattern, replacement] of general) masked = masked.replaceAll(pattern, replacement)
  return masked.replaceAll(results, byCluster)
}

/** The text of a situation, with what the names stand for. */
export const fill = (text: string, { clusters, values }: Names): string =>
  text.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => values.get(name) ?? clusters.get(name)?.toString() ?? whole)

/** Of a job's log only the events: the rest says how much memory and time a job took. */
export const maskLog = (text: string, names: Names): string =>
  mask(text, names).split("\n").filter((line) => /^\d{3} \(|^\t\(/.test(line)).join("\n")
