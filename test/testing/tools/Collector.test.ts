/** Answers of condor_status. The real tools of both versions gave the same answers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Collector from "../../../src/testing/fake/tools/Collector.ts"
import { play, stderr, stdout } from "./Play.ts"
import * as Stub from "./StubQueue.ts"

const status = (args: ReadonlyArray<string>, version: "lts" | "latest" = "latest") =>
  play(Collector.run, "condor_status", Stub.queue(version, [Stub.job(1, 0), Stub.job(1, 1)], [], "ce@local"))(args)

describe("condor_status", () => {
  it.effect("schedd: the collector has one", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* status(["-schedd", "-af", "Name"]), stdout("ce@local\n"))
      assert.deepStrictEqual(yield* status(["-af:r", "Name", "-schedd"]), stdout("\"ce@local\"\n"))
      assert.deepStrictEqual(
        yield* status(["-schedd", "-af", "Name", "CondorVersion"], "lts"),
        stdout("ce@local $CondorVersion: 23.9.6 2026-07-12 PackageID: 23.9.6+dfsg-2.1+b10 $\n")
      )
      assert.deepStrictEqual(
        yield* status(["-schedd", "-af", "HTCondorCEVersion", "grid_resource", "MyType", "TotalIdleJobs", "Nope"]),
        stdout("25.0.1 condor ce@local ce.example.org:9619 Scheduler 2 undefined\n")
      )
      assert.deepStrictEqual(
        yield* status(["-schedd", "-json", "-attributes", "Name"]),
        stdout("[\n{\n  \"Name\": \"ce@local\"\n}\n]\n")
      )
      assert.deepStrictEqual(
        yield* status(["-schedd", "-long", "-attributes", "Name"]),
        stdout("Name = \"ce@local\"\n\n")
      )
      assert.deepStrictEqual(yield* status(["-schedd", "-af:h", "Name"]), stdout("Name    \nce@local\n"))
    }))

  it.effect("other names: the collector has no other schedd", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* status(["-schedd", "ce@local", "-af", "Name"]), stdout("ce@local\n"))
      assert.deepStrictEqual(yield* status(["-schedd", "x@local", "-af", "Name"]), stdout(""))
      assert.deepStrictEqual(yield* status(["-schedd", "x", "-af", "Name"]), stderr("condor_status: unknown host x\n"))
      assert.deepStrictEqual(yield* status(["-schedd", "-constraint", "Name == \"x\"", "-json"]), stdout(""))
      assert.include((yield* status(["-af", "Name"])).stderr, "does not play a call without -schedd")
    }))
})
