/** The n-grams of a sequence with their counts. */
function ngrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const gram = tokens.slice(i, i + n).join(' ');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams of `pred` are in `label`, each at most as often as it is there. */
function matches(pred: readonly string[], label: readonly string[], n: number): number {
  const allowed = ngrams(label, n);
  return [...ngrams(pred, n)].reduce(
    (sum, [gram, count]) => sum + Math.min(count, allowed.get(gram) ?? 0),
    0,
  );
}

const words = (sentence: string): string[] => sentence.split(' ').filter((token) => token !== '');

/**
 * The BLEU of one translation as the book defines it (d2l section 10.7; after Papineni et al. 2002):
 * `exp(min(0, 1 − len_label / len_pred)) · Π_{n ≤ k} p_n^(1/2ⁿ)`, where p_n is the precision of n-grams.
 *
 * @param predSeq the translation, tokens separated by spaces.
 * @param labelSeq the right translation.
 * @param k the longest n-gram that counts; cut to the length of the translation.
 * @returns 0 to 1; 0 for an empty translation.
 */
export function bleu(predSeq: string, labelSeq: string, k: number): number {
  const pred = words(predSeq);
  const label = words(labelSeq);
  if (pred.length === 0) return 0;
  let score = Math.exp(Math.min(0, 1 - label.length / pred.length));
  for (let n = 1; n <= Math.min(k, pred.length); n++) {
    score *= (matches(pred, label, n) / (pred.length - n + 1)) ** (0.5 ** n);
  }
  return score;
}

/**
 * The BLEU of a whole set of translations (Papineni et al. 2002), as sacrebleu computes it on tokens without
 * smoothing: matches and lengths are added up over all sentences before precisions are taken.
 *
 * @param predSeqs translations, tokens separated by spaces.
 * @param labelSeqs for each one the right translation, or several.
 * @param maxN the longest n-gram that counts, 4 by default; all weigh the same.
 * @returns 0 to 1 (sacrebleu prints a hundred times as much).
 * @throws when there are not as many labels as translations.
 */
export function corpusBleu(
  predSeqs: readonly string[],
  labelSeqs: readonly (string | readonly string[])[],
  maxN = 4,
): number {
  if (predSeqs.length !== labelSeqs.length) {
    throw new Error(
      `corpusBleu needs a label for each translation, got ${labelSeqs.length} for ${predSeqs.length}`,
    );
  }
  const hits = Array.from({ length: maxN }, () => 0);
  const totals = Array.from({ length: maxN }, () => 0);
  let predLength = 0;
  let labelLength = 0;
  predSeqs.forEach((sentence, i) => {
    const pred = words(sentence);
    const labels = [labelSeqs[i] ?? ''].flat().map(words);
    predLength += pred.length;
    labelLength += nearestLength(pred.length, labels);
    for (let n = 1; n <= maxN; n++) {
      hits[n - 1] = (hits[n - 1] ?? 0) + matchesAny(pred, labels, n);
      totals[n - 1] = (totals[n - 1] ?? 0) + Math.max(0, pred.length - n + 1);
    }
  });
  if (hits.includes(0)) return 0;
  const logs = hits.map((hit, i) => Math.log(hit / (totals[i] ?? 1)));
  const mean = logs.reduce((sum, value) => sum + value, 0) / maxN;
  return Math.exp(Math.min(0, 1 - labelLength / predLength) + mean);
}

/** Like `matches`, where a gram may be as frequent as in the reference that has it most often. */
function matchesAny(pred: readonly string[], labels: readonly string[][], n: number): number {
  const allowed = labels.map((label) => ngrams(label, n));
  return [...ngrams(pred, n)].reduce(
    (sum, [gram, count]) =>
      sum + Math.min(count, Math.max(...allowed.map((counts) => counts.get(gram) ?? 0))),
    0,
  );
}

/** The length of the reference nearest in length, the shorter of two equally near. */
function nearestLength(length: number, labels: readonly string[][]): number {
  const lengths = labels.map((label) => label.length).sort((a, b) => a - b);
  return lengths.reduce(
    (best, l) => (Math.abs(l - length) < Math.abs(best - length) ? l : best),
    lengths[0] ?? 0,
  );
}
