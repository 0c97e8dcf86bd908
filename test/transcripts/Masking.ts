/**
 * Masks the parts of the tools' output that differ each time. It masks as little as possible, because masked parts are not
 * compared.
 */

/**
 * The values of the placeholders.
 *
 * - `clusters`: the numbers of the situation's clusters, by their names
 * - `values`: the values of the other placeholders, by their names
 */
export interface Names {
  readonly clusters: ReadonlyMap<string, number>
  readonly values: ReadonlyMap<string, string>
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")

// A cluster number is often small, so other numbers may be equal. Only these places have cluster numbers.
const clusterPlaces = (number: number): ReadonlyArray<RegExp> => [
  // 12.0, but not part of an address, and not a number in an ad
  new RegExp(`(?<![\\d.]|[=*] |": )()${number}(?=\\.\\d+(?!\\d|\\.\\d))`, "g"),
  new RegExp(`(\\bclusters? ?|\\bjob_|\\bClusterId\\W{1,5})${number}(?!\\d)`, "gi"),
  // The spool has 10,000 directories.
  new RegExp(`(\\bspool/)${number % 10_000}(?!\\d)`, "g"),
  // (012.000.000) in the job's log
  new RegExp(`(\\()${String(number).padStart(3, "0")}(?=\\.\\d{3}\\.\\d{3}\\))`, "g")
]

const general: ReadonlyArray<readonly [RegExp, string]> = [
  // The parameters of a daemon's address, and the port of a tool, which always differs.
  [/<(\{pool\})\?[^>]*>/g, "<$1?{parameters}>"],
  [/<([\w.{}]+):\d+>/g, "<$1:{port}>"],
  [/\b1[6-9]\d{8}\b/g, "{time}"],
  [/\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\b/g, "{date}"],
  [/\$Condor(Version|Platform): [^$]*\$/g, "$Condor$1: {build} $"],
  [/(?<=\bdir_)\d+/g, "{pid}"],
  [/\bslot\d+_\d+@[\w.-]+/g, "{slot}"],
  // The name of a machine.
  [/(?<=<\{pool\}\?\{parameters\}> : |access point )[\w{}-]+(?:\.[\w{}-]+)*/g, "{machine}"],
  [/(?<=^Session ID: +)\S+$/gm, "{session}"],
  // The usage of a job, its number in the pool, and its token.
  [
    /(?<=^(?:ResidentSetSize|ImageSize|DiskUsage)(?:_RAW)? = |^(?:ScratchDirFileCount|CpusUsage) = )[\d.E-]+$/gm,
    "{measured}"
  ],
  [/(?<=^(?:Last)?RemoteWallClockTime = )[\d.]+$/gm, "{measured}"],
  // A CE gets these values from the pool some time later.
  [/(?<=^ {2}"(?:NumJobStarts|BytesSent)": )[\d.]+(?=,?$)/gm, "{measured}"],
  [/(?<=^(?:RoutedToJobId = | {2}"RoutedToJobId": )")[^"]+/gm, "{routed}"],
  [/(?<=^AuthTokenId = ")[0-9a-f]+/gm, "{token}"],
  // The number of jobs of all users in the queue.
  [/(?<=^TotalJobAds = )\d+$/gm, "{jobs}"],
  // Usage texts after their first line.
  [/^(Usage: condor_\w+ .*\n)[\s\S]*$/gm, "$1{help}"],
  // The number of the job in the pool, if the CE knows it already.
  [/(?<=Job executing on host: ).*$/gm, ""]
]

// The results of `-long` for each job. They are ordered as text, so the order of clusters depends on their numbers.
const results = /^(?:job_\S+_\d+ = \d+\n)+/gm

/** The lines in the order of the cluster names. The jobs of a cluster keep their order. */
const byCluster = (lines: string): string => {
  const clusterOf = (line: string): string => line.slice(0, line.lastIndexOf("_"))
  const order = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0
  return lines.split("\n").slice(0, -1).toSorted((a, b) => order(clusterOf(a), clusterOf(b))).join("\n") + "\n"
}

/** The text, with placeholders for the parts that differ each time. */
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

/** The text of a situation, with the values of its placeholders. */
export const fill = (text: string, { clusters, values }: Names): string =>
  text.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => values.get(name) ?? clusters.get(name)?.toString() ?? whole)

/** The events of a job's log, without memory and times. */
export const maskLog = (text: string, names: Names): string =>
  mask(text, names).split("\n").filter((line) => /^\d{3} \(|^\t\(/.test(line)).join("\n")
