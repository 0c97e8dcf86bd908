/** Every row of docs/faults.md, and the tests that prove it: on the fake, and on real daemons if the table says so. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { fileURLToPath } from "node:url"

/** A file below test/, and a part of the title of a test in it. */
type Proof = readonly [file: string, title: string]

const table = (title: string): Proof => ["ce/FaultTable.ts", title]
const live = (title: string): Proof => ["live/Faults.test.ts", title]

const proofs: Readonly<Record<string, { readonly fake: ReadonlyArray<Proof>; readonly real: ReadonlyArray<Proof> }>> = {
  "CE down, from any moment on": {
    fake: [table("CE down: submit")],
    real: [live("a CE that is down from some moment on")]
  },
  "schedd killed and restarted": {
    fake: [
      table("schedd restarted: submit"),
      ["testing/Faults.test.ts", "TransferBreaks: a later fetch is complete, and half a submission is rolled back"]
    ],
    real: [
      live("a schedd that is killed and comes back"),
      ["live/ScheddKilled.test.ts", "during the transfer of input"],
      ["live/ScheddKilled.test.ts", "during the transfer of output"]
    ]
  },
  "schedd killed when the input has arrived, before it releases the jobs": {
    fake: [["ce/Unreleased.test.ts", "submit with the same key: replaces them, once"]],
    real: [["live/ScheddKilled.test.ts", "before it releases the jobs"]]
  },
  "schedd killed while it releases the jobs, one after the other": {
    fake: [
      ["ce/internal/submit/Reconcile.test.ts", "is removed as a whole and submitted again"],
      ["ce/internal/submit/Reconcile.test.ts", "is a conflict if one of its jobs %s, and nothing is removed"],
      ["ce/internal/submit/Reconcile.test.ts", "is incomplete for the client whose condor_submit fails over it"]
    ],
    real: []
  },
  "schedd killed after it released the jobs, before the pool has them": {
    fake: [table("job held by the site: submit"), table("job held by the site: cancel")],
    real: [["live/ScheddKilled.test.ts", "before the pool has the jobs: leaves each completed or held with code 14"]]
  },
  "network stalled": {
    fake: [table("network stalled: submit"), ["ce/FaultTableOthers.ts", "network stalled"]],
    real: [live("a network that stalls")]
  },
  "tool killed, before it asks or after its work": {
    fake: [table("tool killed before it asks: submit"), table("tool killed when all is done: submit"), [
      "ce/FaultTableOthers.ts",
      "tool killed when all is done"
    ]],
    real: []
  },
  "spool full": { fake: [table("spool full: submit")], real: [live("full spool: submit fails")] },
  "destination full": {
    fake: [
      table("destination full: fetch"),
      ["ce/internal/fetch/Fetch.test.ts", "job that is too large by its ad, or has no room: is not transferred"]
    ],
    real: [
      ["live/Retrieval.test.ts", "destination without room for a job's output: takes the jobs that fit"],
      ["live/Retrieval.test.ts", "destination that fills up during a transfer"]
    ]
  },
  "destination read-only": {
    fake: [table("destination read-only: fetch")],
    real: [["live/Retrieval.test.ts", "destination that is read-only: fails the fetch"]]
  },
  "temporary directory full or read-only": {
    fake: [table("temporary directory full: submit"), table("temporary directory read-only: submit")],
    real: []
  },
  "token refused or expired, from any moment on": {
    fake: [table("token expired: submit"), ["ce/FaultTableOthers.ts", "token expired"]],
    real: [live("a token that expires at some moment")]
  },
  "token expired between submission and fetch": {
    fake: [table("token expired between submission and fetch")],
    // Before the first run of a tool of the fetch.
    real: [live("a token that expires at some moment"), ["live/HTCondorCE.test.ts", "an expired token"]]
  },
  "job removed by the site": {
    fake: [table("job removed by the site: fetch")],
    real: [live("removes a job")]
  },
  "CE does not release a job whose output is complete here": {
    fake: [
      [
        "ce/internal/fetch/Acknowledge.test.ts",
        "fetch: says after some seconds, and in the manifests, that the jobs were not released"
      ],
      ["ce/internal/fetch/Acknowledge.test.ts", "the next operation that writes releases what a fetch could not"],
      ["cli/Jobs.test.ts", "exits with 1 and says so when the compute element did not release a job"]
    ],
    real: [["live/Release.test.ts", "fetch: releases jobs whose schedd was killed after the transfer"]]
  },
  "deposit of the caller fails, or is killed": {
    fake: [
      ["ce/internal/fetch/Deposit.test.ts", "fails for one job: that job stays at the CE, and its neighbours leave"],
      ["ce/internal/fetch/Deposit.test.ts", "runs again if the fetch was interrupted while it ran"]
    ],
    real: []
  },
  "client frozen after its search for the key, and succeeded": {
    fake: [
      ["ce/Fence.test.ts", "keeps an owner that was frozen after its search from submitting what its successor has"]
    ],
    real: []
  },
  "answer of a release lost": {
    fake: [[
      "ce/internal/fetch/Acknowledge.test.ts",
      "fetch: counts a job as released whose removal was done while the answer was lost"
    ]],
    real: [["live/Release.test.ts", "fetch: counts jobs as released that condor_rm removed when its answer was lost"]]
  },
  "successor of a token late": {
    fake: [["ce/internal/credentials/CredentialCache.test.ts", "waits up to five seconds for a provider that is late"]],
    real: []
  },
  "job held by the site": { fake: [table("job held by the site: status")], real: [live("holds a job")] },
  "job edited by the site": {
    fake: [["ce/Edited.test.ts", "job edited by the site"]],
    real: [["live/Retrieval.test.ts", "job that the site edits after this library did"]]
  },
  "history rotated away": {
    fake: [
      table("history rotated: fetch"),
      ["testing/Faults.test.ts", "HistoryRotated: Unknown, and fetched output stays at its destination"]
    ],
    real: [live("history that is rotated away")]
  },
  "history not kept, or shown to nobody": {
    fake: [
      ["ce/internal/query/HistoryQuery.test.ts", "the history is %s"],
      ["ce/internal/fetch/Fetch.test.ts", "CE that hides its history"],
      ["ce/internal/submit/Submit.test.ts", "CE that hides its history"],
      ["ce/internal/submit/Submit.test.ts", "nothing in the queue, and no history"],
      ["ce/HiddenHistory.test.ts", "is not shown"],
      ["ce/HiddenHistory.test.ts", "%s: submit fails, if it is configured to"]
    ],
    real: [["live/Retrieval.test.ts", "CE that hides its history: answers for the jobs in its queue"]]
  },
  "history longer than it is read": {
    fake: [
      [
        "ce/internal/query/HistoryQuery.test.ts",
        "before the searched part of the history: are not Unknown, but HistoryUnavailable"
      ],
      ["ce/HiddenHistory.test.ts", "is longer than it is searched"]
    ],
    real: [
      ["live/HTCondorCE.test.ts", "job that left before the searched part of the history: is not Unknown"],
      ["live/Identity.test.ts", "key whose jobs left before the searched part of the history: may be in use"]
    ]
  },
  "history does not answer in time, or answers with nothing": {
    fake: [
      ["ce/internal/query/HistoryQuery.test.ts", "a history that does not end in time"],
      ["ce/internal/query/HistoryQuery.test.ts", "an empty answer, beside a job of the queue"]
    ],
    real: []
  },
  "CE installed again, job numbers reused": {
    fake: [table("id reused: fetch")],
    real: [live("job ids that a new installation assigns again")]
  },
  "another user has jobs with the same key": {
    fake: [["ce/Identity.test.ts", "each user has separate jobs, whatever the state of the other's jobs"]],
    real: [["live/Identity.test.ts", "job of another user with the same key: is not ours"]]
  },
  "a key that differs from another in case only": {
    fake: [["ce/Identity.test.ts", "names one submission: keys that differ are different"]],
    real: [["live/Identity.test.ts", "keys that differ in case: are different"]]
  },
  "jobs of another format, from another version of the library": {
    fake: [
      ["ce/Formats.test.ts", "each operation fails, and the jobs stay unchanged"],
      ["ce/Guards.test.ts", "a job is removed or edited only if it has its key and its format"]
    ],
    real: [["live/Identity.test.ts", "job of an older format: is not touched"]]
  },
  "one question of several fails": {
    fake: [
      ["ce/internal/query/Chunks.test.ts", "one that fails: its jobs have StatusUnavailable"],
      ["ce/internal/query/Chunks.test.ts", "one that fails: its jobs have HistoryUnavailable"],
      ["ce/internal/query/Chunks.test.ts", "%s: reports the jobs that were removed, whatever happens to the others"]
    ],
    real: []
  },
  "CE refuses for a moment what it has accepted": {
    fake: [["ce/internal/status/WatchPoller.test.ts", "ends no watch within the patience, and all of them after it"]],
    real: []
  },
  "record without a number, cut off by a full disk": {
    fake: [
      ["ce/internal/query/HistoryQuery.test.ts", "an oldest record without a number: hides no other"],
      ["ce/internal/query/HistoryQuery.test.ts", "a record without a number in the queue"],
      ["ce/internal/submit/KnownJobs.test.ts", "in the queue: is a job of the key with an unknown copy"]
    ],
    real: []
  },
  "state of a later HTCondor (`JobStatus` 9, 10, or any other)": {
    fake: [
      ["ce/internal/status/Status.test.ts", "a state of a later release is a status with a diagnosis"],
      ["ce/internal/status/Status.test.ts", "is followed to its end"]
    ],
    real: []
  },
  "job whose ad cannot be read": {
    fake: [
      ["ce/internal/submit/KnownJobs.test.ts", "submit: adopts its cluster, whichever of its jobs it is"],
      ["ce/internal/submit/KnownJobs.test.ts", "submit: asks for a retry, if no readable ad has the payload"],
      ["ce/internal/status/Status.test.ts", "one ad without meaning fails one job"]
    ],
    real: []
  },
  "clients that submit with one key at one instant": {
    fake: [
      ["crash/Fake.test.ts", "each copy is there once, and all get the same handles"],
      ["ce/SubmitRace.test.ts", "finds an older cluster: this client removes its own, and adopts that one"]
    ],
    real: [["live/Crash.test.ts", "have each copy once, and get the same handles"]]
  },
  "another payload with a key that is in use": {
    fake: [["ce/SubmitRace.test.ts", "fails with SubmissionConflict if they run something else, and submits nothing"]],
    real: []
  },
  "client killed while it submits": {
    fake: [["crash/Fake.test.ts", "while it submits to the fake"]],
    real: [["live/Crash.test.ts", "while it submits, and submits again, has each copy once"]]
  },
  "client killed while it fetches": {
    fake: [["crash/Fake.test.ts", "while it fetches from the fake"]],
    real: [["live/Crash.test.ts", "while it fetches loses nothing"]]
  },
  "files of a fetched output vanished": {
    fake: [
      ["ce/DamagedOutput.test.ts", "does not release a job whose files have vanished, and transfers them again"],
      ["ce/DamagedOutput.test.ts", "names no manifest when the job has left and files of its output are gone"]
    ],
    real: [["live/Destination.test.ts", "does not release a job whose files have vanished, and transfers them again"]]
  },
  "destination taken by something else": {
    fake: [["ce/DamagedOutput.test.ts", "leaves files that are not its output in their place, and the job at the CE"]],
    real: []
  },
  "manifest of another version": {
    fake: [
      ["ce/DamagedOutput.test.ts", "keeps a job at the CE whose manifest has a version that cannot be read"],
      ["ce/internal/fetch/Manifest.test.ts", "is UnsupportedManifest, and the error has its version"]
    ],
    real: []
  },
  "CE's clock set back": {
    fake: [["ce/ClockSetBack.test.ts", "believes the schedd's record of the transfer, whatever the CE's clock says"]],
    real: [["live/Destination.test.ts", "succeeds at a CE whose clock was set back after the job had completed"]]
  },
  "two processes fetch one job": {
    fake: [
      ["ce/TakenOver.test.ts", "of two processes, only the last one to mark a job reports that it released it"],
      [
        "ce/internal/fetch/Fetch.test.ts",
        "fetch that another process has taken over: transfers nothing and releases nothing"
      ]
    ],
    real: [[
      "live/Destination.test.ts",
      "reports a job that another process has marked as AlreadyRetrieved, and does not release it"
    ]]
  },
  "exit that cannot be expressed": {
    fake: [
      ["ce/OddExits.test.ts", "brings the output of a job whose exit code is negative or unknown"],
      ["condor/JobState.test.ts", "any value of ExitCode, ExitSignal and ExitBySignal leaves a completed job readable"]
    ],
    real: [["live/OddOutput.test.ts", "brings the output of a job whose exit code is negative or missing"]]
  },
  "file name that is not UTF-8": {
    fake: [["ce/OddNames.test.ts", "brings files whose names are not UTF-8, by paths that can be opened"]],
    real: [["live/OddOutput.test.ts", "brings files whose names are not UTF-8"]]
  },
  "file system that cannot sync directories, or reports no free space": {
    fake: [
      ["ce/OddStorage.test.ts", "to the sync of a directory: is used, after one warning"],
      ["ce/OddStorage.test.ts", "file system without blocks: its free space is unknown"]
    ],
    real: []
  },
  "destination that cannot be synced (EIO), or never was": {
    fake: [["ce/Settled.test.ts", "keeps the job while the place of its output is not on stable storage"]],
    real: []
  },
  "output that grows beyond the limits while it arrives": {
    fake: [
      [
        "ce/internal/fetch/Excess.test.ts",
        "stops a transfer of which there are too many bytes, and fetches the neighbours"
      ],
      ["ce/internal/fetch/Excess.test.ts", "stops a transfer that leaves too little room"]
    ],
    real: [["live/OddOutput.test.ts", "stops a transfer of which there is too much, and fetches the neighbour"]]
  },
  "tool that writes elsewhere": {
    fake: [["condor/Confined.test.ts", "writes only to its own directory, whatever its arguments"]],
    real: [["live/Retrieval.test.ts", "schedd that lies about the paths of files: cannot write anywhere else"]]
  },
  "grid: cancel during the hand-over": {
    fake: [
      ["testing/Gridmanager.test.ts", "cancel: waits for the job's number at the CE, and leaves nothing there"],
      ["testing/Gridmanager.test.ts", "cancel: leaves a job whose hand-over takes long to a later cancel"],
      [
        "testing/Gridmanager.test.ts",
        "cancel: does not remove a job that may be handed over because others have made room"
      ]
    ],
    real: [["live/GridCancel.test.ts", "cancel: leaves nothing at the CE of 200 jobs"]]
  },
  "grid: schedd of the CE killed while it releases jobs": {
    fake: [
      ["condor/GridUniverse.test.ts", "the CE keeps a copy that %s"],
      ["ce/Diagnosis.test.ts", "counts the jobs that a submit host has left at the CE"]
    ],
    real: [
      ["live/GridCancel.test.ts", "retention: a completed job leaves the CE although no gridmanager releases it"],
      ["live/GridCancel.test.ts", "retention: completed jobs leave a CE whose schedd is killed"]
    ]
  },
  "grid: one key by both routes": {
    fake: [["ce/OtherRoute.test.ts", "submit: fails with a conflict, and submits nothing"]],
    real: [["live/Grid.test.ts", "reconcile and submit: a key of the other route is reported as such"]]
  }
}

const read = (file: string) =>
  Effect.flatMap(
    FileSystem.FileSystem,
    (fileSystem) => fileSystem.readFileString(fileURLToPath(new URL(file, import.meta.url)))
  )

// The cells of each row, without the two lines of the head.
const rows = Effect.map(
  read("../docs/faults.md"),
  (text) =>
    text.split("\n").filter((line) => line.startsWith("|")).slice(2).map((line) =>
      line.split("|").slice(1, -1).map((cell) => cell.trim())
    )
)

it.layer(NodeServices.layer)("docs/faults.md", (it) => {
  it.effect("has exactly the rows with tests, and no empty cell", () =>
    Effect.gen(function*() {
      const all = yield* rows
      assert.deepStrictEqual(all.map(([fault]) => fault), Object.keys(proofs))
      for (const row of all) {
        assert.strictEqual(row.length, 5, row[0])
        assert.isTrue(row.every((cell) => cell !== ""), row[0])
      }
    }))

  it.effect("names the faults that are caused on real daemons", () =>
    Effect.gen(function*() {
      const said = (yield* rows).map(([fault, , , , real]) => [fault, real])
      assert.deepStrictEqual(
        said,
        Object.entries(proofs).map(([fault, { real }]) => [fault, real.length > 0 ? "yes" : "fake"])
      )
    }))

  it.effect("every test that it names exists", () =>
    Effect.gen(function*() {
      for (const [fault, { fake, real }] of Object.entries(proofs)) {
        assert.isAbove(fake.length, 0, fault)
        for (const [file, title] of [...fake, ...real]) assert.include(yield* read(file), title, fault)
      }
    }))
})
