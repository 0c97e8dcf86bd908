/**
 * Constructions that make a sentence hard to read, and that a pattern can find. Each has a sentence that it finds (`bad`) and the
 * same sentence in plain English (`good`). A test checks both.
 */
import type { Sentence } from "./Text.ts"

/** One construction to avoid. */
export interface Construction {
  readonly name: string
  readonly finds: (sentence: Sentence) => boolean
  readonly advice: string
  readonly bad: string
  readonly good: string
}

const pattern = (regexp: RegExp) => (sentence: Sentence): boolean => regexp.test(sentence.text)

/** Nobody reads more words in one breath. */
const longest = 35

/** How many clauses that depend on others a sentence may have. */
const deepest = 3

const clause = /\b(?:which|who|whom|whose|what|where|that|whether)\b/gi

export const constructions: ReadonlyArray<Construction> = [
  {
    name: "who",
    finds: pattern(
      /^(?:(?:of|to|with|by|for|from) )?(?:who|whose)\b(?!.*\?["')]?$)|\bwhoever\b|\b(?:for|of|to|than|by|only|from|with|but) who\b/i
    ),
    advice: "name the actor: \"a caller that ...\"",
    bad: "Who is interrupted does not wait.",
    good: "An interrupted caller does not wait."
  },
  {
    name: "whom",
    finds: pattern(/\bwhom\b/i),
    advice: "name the actor, and make it the subject",
    bad: "The site is the one whom to ask.",
    good: "Ask the site."
  },
  {
    name: "what",
    finds: (sentence) =>
      sentence.words > 3 &&
      /^(?:(?:of|to|with|by|for|from|in) )?(?:what|whatever)\b(?!.*\?["')]?$)/i.test(sentence.text),
    advice: "begin with a noun: \"the output\", \"the state of a job\"",
    bad: "What a job has left is fetched.",
    good: "The output of a job is fetched."
  },
  {
    name: "of",
    finds: pattern(/^of (?!course)/i),
    advice: "begin with the subject",
    bad: "Of an interrupted submission there is a warning.",
    good: "An interrupted submission logs a warning."
  },
  {
    name: "for ever",
    finds: pattern(/\bfor ever\b|\bfor good\b/i),
    advice: "\"forever\", \"without a limit\", \"permanently\"",
    bad: "The job waits for ever.",
    good: "The job never starts."
  },
  {
    name: "somewhen",
    finds: pattern(
      /\bsomewhen\b|\banew\b|\bhitherto\b|\blest\b|\bthereof\b|\bwhilst\b|\bhinder(?:s|ed)?\b|\bspoil(?:s|t|ed)?\b/i
    ),
    advice: "\"at some moment\", \"again\", \"until now\", \"delays\", \"breaks\"",
    bad: "The copies are submitted anew.",
    good: "The copies are submitted again."
  },
  {
    name: "by itself",
    finds: pattern(/\bby (?:itself|themselves)\b/i),
    advice: "\"separately\", \"without a call\"",
    bad: "Each range is decided by itself.",
    good: "Each range is decided separately."
  },
  {
    name: "at one time",
    finds: pattern(/\bat one time\b/i),
    advice: "\"concurrently\", \"at once\"",
    bad: "Four tools run at one time.",
    good: "Four tools run concurrently."
  },
  {
    name: "tells",
    finds: pattern(/\b(?:tells?|told|telling)\b(?!(?: \S+){0,4} (?:apart|from)\b)/i),
    advice: "\"reports\", \"says\", \"shows\"",
    bad: "The CE tells whole seconds.",
    good: "The CE reports whole seconds."
  },
  {
    name: "takes back",
    finds: pattern(/\b(?:take|takes|took|taken|taking)\b (?:\S+ ){0,3}back\b/i),
    advice: "\"rolls back\", \"removes\"",
    bad: "The jobs are taken back.",
    good: "The jobs are rolled back."
  },
  {
    name: "hears",
    finds: pattern(/\b(?:hears?|heard|hearing)\b/i),
    advice: "\"receives\", \"gets an answer\"",
    bad: "A caller hears nothing of the job.",
    good: "A caller gets no status of the job."
  },
  {
    name: "goes",
    finds: pattern(/\bgoes\b|\b(?:go|gone|going|went) on\b/i),
    advice: "\"continues\", \"is written to\", \"leaves\", \"is sent\"",
    bad: "The workflow goes on.",
    good: "The workflow continues."
  },
  {
    name: "unless given",
    finds: pattern(/\bunless given\b|\bunless \S+ is given\b/i),
    advice: "\"default: X\"",
    bad: "The port is 9619 unless given.",
    good: "The port (default: 9619)."
  },
  {
    name: "lets in",
    finds: pattern(
      /\blet(?:s|ting)? (?:\S+ ){0,3}(?:in|go)\b(?! (?:the|a|an|its|order|virtual|real|one)\b)|\bopens? the door\b|\bwrong door\b/i
    ),
    advice: "\"admits\", \"accepts\", \"releases\", \"the job has left the queue\"",
    bad: "The CE has not let the job go.",
    good: "The job is still in the queue of the CE."
  },
  {
    name: "one",
    finds: pattern(
      /(?:^|\b(?:as|if|when|where|what|that|which|than|and|often as|how|whether|because|so)\s)one (?:likes|wants|gets|hears|sees|may|can|could|must|has to|knows|needs|asks|would|should)\b/i
    ),
    advice: "\"you\", or the actor",
    bad: "Fetch it as often as one likes.",
    good: "Fetch it any number of times."
  },
  {
    name: "words",
    finds: pattern(/\bin (?:\S+ ){0,2}words\b|\bwords of\b|\bown words\b/i),
    advice: "\"message\", \"terms\"",
    bad: "The reason is in the schedd's words.",
    good: "The reason is the schedd's message."
  },
  {
    name: "of its own",
    finds: pattern(/\bof (?:its|their|your|his|our|one's|my|somebody's) own\b/i),
    advice: "\"its own X\", \"a separate X\"",
    bad: "Each job has a directory of its own.",
    good: "Each job has its own directory."
  },
  {
    name: "that there is",
    finds: pattern(/\bthat there (?:is|are|was|were)\b(?! (?:no|none|nothing|only|an?|one)\b)/i),
    advice: "\"each kind\", \"the existing ones\"",
    bad: "One value for each kind that there is.",
    good: "One value for each kind."
  },
  {
    name: "stands",
    finds: pattern(/\bstands?\b(?! (?:for|still|alone|in for)\b)/i),
    advice: "\"is\", \"exists\"",
    bad: "Something else stands at the destination.",
    good: "The destination exists already."
  },
  {
    name: "mends",
    finds: pattern(/\bmend(?:s|ed|ing)?\b/i),
    advice: "\"fixes\", \"repairs\"",
    bad: "How to mend it.",
    good: "How to fix it."
  },
  {
    name: "by way of",
    finds: pattern(/\bby way of\b|\bof (?:no )?use\b/i),
    advice: "\"through\", \"useless\", \"usable\"",
    bad: "Jobs reach the CE by way of a submit host.",
    good: "Jobs reach the CE through a submit host."
  },
  {
    name: "besides",
    finds: pattern(/\bbesides\b/i),
    advice: "\"also\", \"in addition to\"",
    bad: "The queue is asked besides.",
    good: "The queue is asked, too."
  },
  {
    name: "alone",
    finds: pattern(/(?<!\b(?:leaves?|left|stands?|let)(?: \S+){0,2}) alone\b/i),
    advice: "\"only\", before the noun",
    bad: "The reason is in its log alone.",
    good: "The reason is only in its log."
  },
  {
    name: "nested",
    finds: (sentence) => (sentence.text.match(clause)?.length ?? 0) > deepest,
    advice: `more than ${deepest} dependent clauses (which, who, what, that, where): split the sentence`,
    bad: "The job that was asked for is the one that the CE which it went to says that it has.",
    good: "The CE has the job."
  },
  {
    name: "long",
    finds: (sentence) => sentence.words > longest,
    advice: `more than ${longest} words: split the sentence`,
    bad: `It ${"and then it ".repeat(12)}ends.`,
    good: "It ends."
  }
]
