import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { resolve } from "node:path"
import { backendOf, directory, document, environment, run } from "./utils.ts"

const spec = {
  executable: "/opt/pilot.sh",
  inputs: [{ name: "data", source: "/etc/passwd" }],
  resources: { cpus: 1, memoryMiB: 2000, queue: "short" },
  container: { image: "docker://old" }
}

const payload = [
  ["--input", "in.txt=https://example.org/d/in.txt?a=b"],
  ["--input", "local=some/file"],
  ["--output", "kept"],
  ["--output", "sent=https://example.org/sent?x"],
  ["--container", "docker://debian:13"],
  ["--cpus", "8"],
  ["--disk", "20"],
  ["--gpus", "0"],
  ["--wall-time", "86400"],
  ["--queue", "long"]
].flat()

const site = [
  ["--container-with", "/usr/bin/apptainer  exec --cleanenv"],
  ["--url-schemes", "https, osdf"],
  ["--site-command", "accounting_group=atlas.prod"],
  ["--site-command", "requirements=HasFoo =?= true"],
  ["--attribute", "+WantWholeNode=true"],
  ["--attribute", "Project=\"a=b\""]
].flat()

const described = {
  container: { _tag: "Launcher", executable: "/usr/bin/apptainer", arguments: ["exec", "--cleanenv"] },
  urlSchemes: ["https", "osdf"],
  siteCommands: { accounting_group: "atlas.prod", requirements: "HasFoo =?= true" },
  siteAttributes: { "+WantWholeNode": { expression: "true" }, Project: { expression: "\"a=b\"" } }
}

describe("flags of a payload and its site", () => {
  it.effect("win over the spec, and are added to its lists", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec })
      const { asked, backend } = backendOf({ submit: Effect.void })
      const { code, stderr } = yield* run(["submit", files.at("spec.json"), ...payload, ...site], { backend })
      assert.strictEqual(code, 0, stderr.join("\n"))
      const [submission] = asked.submissions
      assert.deepStrictEqual(submission?.spec, {
        executable: "/opt/pilot.sh",
        inputs: [
          ...spec.inputs,
          { name: "in.txt", source: "https://example.org/d/in.txt?a=b" },
          { name: "local", source: resolve("some/file") }
        ],
        outputs: [{ name: "kept" }, { name: "sent", destination: "https://example.org/sent?x" }],
        resources: { cpus: 8, memoryMiB: 2000, diskMiB: 20, gpus: 0, wallTimeSeconds: 86_400, queue: "long" },
        container: { image: "docker://debian:13" }
      })
      const [connection] = asked.connections
      const { container, urlSchemes } = connection ?? {}
      assert.deepStrictEqual<unknown>({ container, urlSchemes, ...connection?.wishes }, described)
    }))

  it.effect("change nothing where they are not given", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": { executable: "/opt/pilot.sh" } })
      const { asked, backend } = backendOf({ submit: Effect.void })
      assert.strictEqual((yield* run(["submit", files.at("spec.json")], { backend })).code, 0)
      assert.deepStrictEqual(asked.submissions[0]?.spec, { executable: "/opt/pilot.sh" })
      assert.deepInclude(asked.connections[0], {
        container: undefined,
        urlSchemes: undefined,
        wishes: { siteCommands: {}, siteAttributes: {} }
      })
    }))

  it.effect("the environment sets flags of the site, too", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec })
      const { asked, backend } = backendOf({ submit: Effect.void })
      const env = { ...environment, HTCONDOR_CE_CONTAINER_WITH: "native", HTCONDOR_CE_URL_SCHEMES: "https" }
      assert.strictEqual((yield* run(["submit", files.at("spec.json")], { backend, env })).code, 0)
      assert.deepInclude(asked.connections[0], { container: { _tag: "Native" }, urlSchemes: ["https"] })
      const preview = yield* run(["preview", files.at("spec.json"), "--container", "docker://debian"], { env })
      assert.deepStrictEqual([preview.code, preview.stderr], [0, []])
    }))

  it.effect("are previewed without a compute element", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": { executable: "/opt/pilot.sh" } })
      const args = ["preview", files.at("spec.json"), ...payload, ...site]
      const { code, stdout } = yield* run(args, { env: {} })
      assert.strictEqual(code, 0)
      const text = stdout.join("\n")
      for (
        const line of [
          "accounting_group = atlas.prod",
          "requirements = HasFoo =?= true",
          "My.WantWholeNode = true",
          "My.Project = \"a=b\"",
          "executable = /usr/bin/apptainer",
          "transfer_input_files = inputs/pilot.sh, inputs/local, https://example.org/d/in.txt?a=b",
          "transfer_output_remaps = \"sent = https://example.org/sent?x\"",
          "request_disk = 20480",
          "My.queue = \"long\""
        ]
      ) assert.include(text, `${line}\n`)
    }))

  it.effect("are previewed as they would be submitted, by a submit host and with a proxy", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": { executable: "/opt/pilot.sh" } })
      const by = ["--ce", "ce.example.org", "--local-pool", "submit.example.org"]
      const preview = (...args: ReadonlyArray<string>) =>
        run(["preview", files.at("spec.json"), "--proxy-file", "/p", ...args], { env: {} })
      const { code, stdout } = yield* preview(...by)
      assert.strictEqual(code, 0)
      const text = stdout.join("\n")
      assert.include(text, "universe = grid\ngrid_resource = condor ce.example.org ce.example.org:9619\n")
      assert.include(text, "x509userproxy = x509up\n")
      const refused = yield* preview(...by, "--container", "docker://debian", "--container-with", "native")
      assert.strictEqual(refused.code, 2)
      assert.include(refused.stderr.join("\n"), "through a submit host")
      assert.strictEqual((yield* preview("--local-pool", "submit.example.org")).code, 2)
    }))

  it.effect("name a launcher or the batch system, and not both", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": { executable: "/opt/pilot.sh" } })
      const args = ["preview", files.at("spec.json"), "--container", "docker://debian", "--container-with"]
      assert.strictEqual((yield* run([...args, "native"], { env: {} })).code, 0)
      const { code, stderr } = yield* run([...args, "native exec"], { env: {} })
      assert.strictEqual(code, 2)
      assert.include(stderr.join("\n"), "container.executable")
    }))

  it.effect.each(["--site-command", "--attribute"])("%s gives a name once", (flag) =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": { executable: "/opt/pilot.sh" } })
      const args = ["preview", files.at("spec.json"), flag, "rank=1", flag, "rank=2"]
      const { code, stderr } = yield* run(args, { env: {} })
      assert.strictEqual(code, 2)
      assert.include(stderr.join("\n"), "rank is given twice")
    }))

  it.effect.each([
    ["--input", "no-source"],
    ["--input", "=source"],
    ["--site-command", "universe"],
    ["--attribute", "=1"],
    ["--cpus", "0"],
    ["--disk", "many"]
  ])("%s %s is no use", ([flag = "", value = ""]) =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec })
      const { asked, backend } = backendOf({ submit: Effect.void })
      const { code, stderr } = yield* run(["submit", files.at("spec.json"), flag, value], { backend })
      assert.strictEqual(code, 2)
      assert.include(stderr.join("\n"), flag.slice(2))
      assert.deepStrictEqual(asked.submissions, [])
    }))

  it.effect("that would change what the library writes are refused by name", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": { executable: "/opt/pilot.sh" } })
      for (
        const [flag, value, field] of [
          ["--site-command", "Universe=local", "siteCommands.Universe"],
          ["--attribute", "+Cmd=\"/bin/false\"", "siteAttributes.+Cmd"]
        ] as const
      ) {
        const { code, stdout } = yield* run(["preview", files.at("spec.json"), flag, value, "--json"], { env: {} })
        assert.strictEqual(code, 2)
        assert.include(JSON.stringify(yield* document(stdout)), field)
      }
    }))
})
