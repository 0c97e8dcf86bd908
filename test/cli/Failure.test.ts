import { assert, describe, it } from "@effect/vitest"
import * as Failure from "../../src/cli/Failure.ts"
import { CredentialUnavailable } from "../../src/contract/BackendError.ts"

describe("Failure", () => {
  const codes = {
    1: ["Incomplete"],
    2: ["ConfigError", "InvalidEndpoint", "InvalidFile", "InvalidSubmission", "UsageError"],
    3: [
      "AuthenticationFailed",
      "AuthorizationDenied",
      "CEUnavailable",
      "CredentialUnavailable",
      "InternalError",
      "LocalFailure",
      "SubmissionConflict",
      "SubmissionFailed",
      "BackendFailed",
      "NotInstalled",
      "TimedOut"
    ]
  }
  for (const [code, tags] of Object.entries(codes)) {
    it(`exit code ${code}`, () => {
      for (const tag of tags) assert.strictEqual(Failure.exitCode(tag), Number(code), tag)
    })
  }

  it("says everything on one line, and moves no cursor", () => {
    assert.strictEqual(Failure.oneLine(" a\n  at [\"b\"]\u001b[2K\r\u0000 "), "a at [\"b\"]\u001b[2K \u0000")
  })

  it("says how to name a token where there is no credential", () => {
    assert.strictEqual(
      Failure.words(new CredentialUnavailable({ resource: "ce:9619", detail: "none" })).advice,
      "name a file with a token: --token-file FILE; or run \"htcondor-ce doctor\" to see what is wrong"
    )
  })

  it("has a tag for what has none", () => {
    assert.deepStrictEqual(Failure.words(new Error("a\nb")), { _tag: "InternalError", message: "a b" })
    assert.deepStrictEqual(Failure.words("c"), { _tag: "InternalError", message: "c" })
    assert.deepStrictEqual(Failure.words(new Failure.InvalidFile({ path: "f", detail: "d" })), {
      _tag: "InvalidFile",
      message: "f: d"
    })
  })
})
