/**
 * The commands of the fake's condor_submit and of the real one: each knows all that the other knows, and reports none
 * as a typo.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Array, Effect, Layer, Result } from "effect"
import { Stack, type Version, versions } from "../Stack.ts"
import { both } from "./BothSubmits.ts"

/** Jobs that the fake can run, by the lines of their descriptions. */
const kinds: Readonly<Record<string, ReadonlyArray<string>>> = {
  "of the vanilla universe": [],
  "in a container": ["container_image = docker://debian"],
  "that are handed over": ["universe = grid", "grid_resource = condor ce.example.org ce.example.org:9619"]
}

// Commands that make another job or no job. A custom request without a value crashes condor_submit (SIGSEGV).
const excluded = new RegExp(
  "^(?:request_.*|executable|cmd|universe|jobuniverse|container_?image|grid_?resource" +
    "|queue|if|elif|else|endif|use|include|error|warning)$",
  "i"
)

/** The words in HTCondor's library. It stores a word that ends another word only as a part of that. */
const wordsOf = (text: string): ReadonlyArray<string> => {
  const words = new Set<string>()
  for (const word of text.split("\n")) {
    for (const { index } of word.matchAll(/^|(?<=_)|(?=[A-Z][a-z])/g)) words.add(word.slice(index).toLowerCase())
  }
  return Array.fromIterable(words).filter((word) => /^[a-z][a-z0-9_]{2,45}$/.test(word) && !excluded.test(word))
}

const typo = /^WARNING: the line '(\S+) = ' was unused by condor_submit\. Is it a typo\?$/gm

const typos = (stderr: string): ReadonlySet<string> =>
  new Set(Array.fromIterable(stderr.matchAll(typo)).map(([, name = ""]) => name))

/** The words that only one of the two reports as a typo. */
const differences = Effect.fnUntraced(function*(
  version: Version,
  lines: ReadonlyArray<string>,
  words: ReadonlyArray<string>
) {
  const text = ["executable = job.sh", ...lines, ...words.map((word) => `${word} =`), "queue", ""].join("\n")
  const { fake: read, real: { exitCode, stderr } } = yield* both(version, text, { "job.sh": "#!/bin/sh\n" })
  assert.strictEqual(exitCode, 0, stderr.slice(0, 500))
  const { unused } = Result.getOrThrow(read)
  const [real, fake] = [typos(stderr), typos(unused)]
  return {
    htcondor: words.filter((word) => !real.has(word) && fake.has(word)),
    fake: words.filter((word) => real.has(word) && !fake.has(word))
  }
}, Effect.scoped)

describe.each(versions)("condor_submit of %s", (version) => {
  layer(Layer.mergeAll(Stack.layer(version), NodeServices.layer))((it) => {
    it.effect.each(Object.entries(kinds))(
      "condor_submit and the fake: know the same commands of jobs %s",
      ([, lines]) =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const library = yield* stack.inside(
            "sh",
            "-c",
            "grep -aohzE '^[A-Za-z][A-Za-z0-9_]{2,45}$' /usr/lib/libcondor_utils_*.so | tr '\\0' '\\n'"
          )
          const words = wordsOf(library.stdout)
          assert.include(words, "x509userproxy")
          // Where a command has two names, the first one counts. The other is mostly the same without underscores.
          const [commands, attributes] = Array.partition(
            words,
            (word) => word.includes("_") ? Result.fail(word) : Result.succeed(word)
          )
          for (const some of [commands, attributes]) {
            assert.deepStrictEqual(yield* differences(version, lines, some), { htcondor: [], fake: [] })
          }
        }),
      { timeout: 60_000 }
    )
  })
})
