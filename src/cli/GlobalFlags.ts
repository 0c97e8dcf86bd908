/**
 * The flags that all commands share: the CE, its credentials, HTCondor's tools, and the output format.
 *
 * @since 0.1.0
 */
import * as Flag from "effect/cli/Flag"
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as HTCondorCE from "../ce/HTCondorCE.ts"
import * as PathFlag from "./PathFlag.ts"

/**
 * A flag whose default is an environment variable. An empty value counts as absent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const orVariable = (flag: Flag.Flag<string>, variable: string, metavar: string, description: string) =>
  flag.pipe(
    Flag.withFallbackConfig(Config.String(variable)),
    Flag.optional,
    Flag.map(Option.filter((value) => value !== "")),
    Flag.withMetavar(metavar),
    Flag.withDescription(`${description} [${variable}]`)
  )

/**
 * A flag that `NamedSite` completes later: from the entry of `--site`, or else from the environment variable. Keeps an empty value.
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = (flag: Flag.Flag<string>, variable: string, metavar: string, description: string) =>
  flag.pipe(Flag.optional, Flag.withMetavar(metavar), Flag.withDescription(`${description} [${variable}]`))

/**
 * {@link open} for a flag that takes a text.
 *
 * @category constructors
 * @since 0.1.0
 */
export const openText = (name: string, variable: string, metavar: string, description: string) =>
  open(Flag.String(name), variable, metavar, description)

/**
 * A length of time in seconds, from 0.1 to 1,000,000.
 *
 * @category schemas
 * @since 0.1.0
 */
export { Seconds } from "../ce/Environment.ts"

/**
 * The output format: a `table`, a `wide` table with more columns, one handle per line (`name`), or one JSON document.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Format = Schema.Literals(["table", "wide", "name", "json"])

/**
 * @category models
 * @since 0.1.0
 */
export type Format = typeof Format.Type

/**
 * The flags that every command takes. A description ends with the name of the environment variable.
 *
 * @category constants
 * @since 0.1.0
 */
export const flags = {
  site: Flag.String("site").pipe(
    Flag.withSchema(Schema.NonEmptyString),
    Flag.withMetavar("NAME"),
    Flag.withDescription(
      "Use the CE of this name from the --sites file, with its credentials. Other flags override the file. Repeat for several CEs"
    ),
    Flag.atLeast(0)
  ),
  sites: orVariable(PathFlag.file("sites"), "HTCONDOR_CE_SITES", "FILE", "JSON file with several CEs"),
  ce: openText(
    "ce",
    "HTCONDOR_CE_ENDPOINT",
    "HOST:PORT",
    "Address of the HTCondor-CE (default port: 9619). Handles name their CE and need no --ce"
  ),
  schedd: openText("schedd", "HTCONDOR_CE_SCHEDD", "NAME", "Name of the schedd of the CE (default: the host)"),
  localPool: openText(
    "local-pool",
    "HTCONDOR_CE_LOCAL_POOL",
    "HOST:PORT",
    "Submit host that sends the jobs to the CE, in the grid universe (default: send jobs directly to the CE)"
  ),
  localSchedd: openText(
    "local-schedd",
    "HTCONDOR_CE_LOCAL_SCHEDD",
    "NAME",
    "Name of the schedd of the submit host (default: its host)"
  ),
  tokenFile: open(
    PathFlag.file("token-file"),
    "HTCONDOR_CE_TOKEN_FILE",
    "FILE",
    "Token file (default: WLCG Bearer Token Discovery: BEARER_TOKEN, BEARER_TOKEN_FILE, ...)"
  ),
  tokenKind: open(
    Flag.Literals("token-kind", ["idtoken", "scitoken"]),
    "HTCONDOR_CE_TOKEN_KIND",
    "idtoken|scitoken",
    "Kind of token in --token-file (default: idtoken)"
  ),
  proxyFile: open(
    PathFlag.file("proxy-file"),
    "HTCONDOR_CE_PROXY_FILE",
    "FILE",
    "X.509 proxy certificate to send with the jobs (default: none)"
  ),
  audience: openText(
    "audience",
    "HTCONDOR_CE_AUDIENCE",
    "TEXT",
    "Audience of tokens for the CE (default: HOST:PORT)"
  ),
  caFile: open(
    PathFlag.file("ca-file"),
    "HTCONDOR_CE_CA_FILE",
    "FILE",
    "CA certificates (PEM) that verify the CE's host certificate (default: those in X509_CERT_DIR or /etc/grid-security/certificates)"
  ),
  caDirectory: open(
    PathFlag.directory("ca-directory"),
    "HTCONDOR_CE_CA_DIRECTORY",
    "DIR",
    "Directory of CA certificates that verify the CE's host certificate"
  ),
  condorBin: open(
    PathFlag.directory("condor-bin"),
    "HTCONDOR_CE_CONDOR_BIN",
    "DIR",
    "Directory of HTCondor's tools (default: search PATH)"
  ),
  timeout: openText(
    "tool-timeout",
    "HTCONDOR_CE_TIMEOUT",
    "SECONDS",
    "Time limit for one run of a tool (default: 60)"
  ),
  confine: Flag.Boolean("confine").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Run tools under bwrap (bubblewrap), so that each can write only to its own directory")
  ),
  format: Flag.Literals("format", Format.literals).pipe(
    Flag.withAlias("o"),
    Flag.optional,
    Flag.withMetavar("table|wide|name|json"),
    Flag.withDescription("Output format. name: one handle per line (default: table)")
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Same as -o json: print one JSON document")
  )
}

/**
 * The values of the global flags and of the site flags. A command without site flags has none for these.
 *
 * @category models
 * @since 0.1.0
 */
export interface Flags {
  readonly site: ReadonlyArray<string>
  readonly sites: Option.Option<string>
  readonly ce: Option.Option<string>
  readonly schedd: Option.Option<string>
  readonly localPool: Option.Option<string>
  readonly localSchedd: Option.Option<string>
  readonly tokenFile: Option.Option<string>
  readonly tokenKind: Option.Option<string>
  readonly proxyFile: Option.Option<string>
  readonly audience: Option.Option<string>
  readonly caFile: Option.Option<string>
  readonly caDirectory: Option.Option<string>
  readonly condorBin: Option.Option<string>
  readonly timeout: Option.Option<string>
  readonly containerWith: Option.Option<string>
  readonly urlSchemes: Option.Option<string>
  readonly confine: boolean
  readonly format: Option.Option<Format>
  readonly json: boolean
  /** The entry of the CE that `site` names, once the `sites` file is read. */
  readonly named?: HTCondorCE.Config
}
