import { expectOptions } from '../core/check.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');
/** What stands for something else than text: `<pad>`, `<bos>`, `<eos>`. */
const MARK = /^<\w+>$/;
/** Tokens that a vocabulary shows of itself. */
const FIRST = 8;

/** How a vocabulary is built. */
export interface VocabOptions {
  /** Tokens seen less often become `<unk>`; 0, the default, keeps all. */
  minFreq?: number;
  /** Tokens to have in any case, such as `<pad>`. */
  reservedTokens?: readonly string[];
}

/** Numbers for tokens (d2l section 9.2): the tokens in the order of their code points, `<unk>` among them. */
export class Vocab {
  /** Every token with its count, the most frequent first. */
  readonly tokenFreqs: readonly (readonly [token: string, count: number])[];
  /** The token of each index. */
  readonly idxToToken: readonly string[];
  /** The index of each token. */
  readonly tokenToIdx: ReadonlyMap<string, number>;

  /** @param tokens a list of tokens, or a list of sentences that are lists of tokens. */
  constructor(tokens: readonly string[] | readonly (readonly string[])[] = [], options: VocabOptions = {}) {
    expectOptions('Vocab', options, ['minFreq', 'reservedTokens']);
    const { minFreq = 0, reservedTokens = [] } = options;
    const counts = new Map<string, number>();
    for (const token of tokens.flat()) counts.set(token, (counts.get(token) ?? 0) + 1);
    this.tokenFreqs = [...counts].sort(([, a], [, b]) => b - a);
    const frequent = this.tokenFreqs.filter(([, count]) => count >= minFreq).map(([token]) => token);
    this.idxToToken = [...new Set(['<unk>', ...reservedTokens, ...frequent])].sort(byCodePoint);
    this.tokenToIdx = new Map(this.idxToToken.map((token, i) => [token, i]));
  }

  /** The number of different tokens. */
  get length(): number {
    return this.idxToToken.length;
  }

  /** The index of unknown tokens. */
  get unk(): number {
    return this.tokenToIdx.get('<unk>') ?? 0;
  }

  /**
   * The index of a token, `unk` for one that is not in the vocabulary.
   *
   * @throws for a mark such as `<pad>` that the vocabulary lacks: as `unk` it would hide what is amiss.
   */
  get(token: string): number {
    return MARK.test(token) ? this.require(token) : (this.tokenToIdx.get(token) ?? this.unk);
  }

  /** The indices of a list of tokens. */
  indices(tokens: readonly string[]): number[] {
    return tokens.map((token) => this.tokenToIdx.get(token) ?? this.unk);
  }

  /** The index of a token that has to be there. @throws naming the token. */
  require(token: string): number {
    const index = this.tokenToIdx.get(token);
    if (index === undefined) {
      throw new Error(`the vocabulary has no '${token}': build it with reservedTokens: ['${token}']`);
    }
    return index;
  }

  /** The token of an index, or the tokens of a list of indices. @throws when an index is out of range. */
  toTokens(index: number): string;
  toTokens(indices: readonly number[]): string[];
  toTokens(indices: number | readonly number[]): string | string[] {
    if (typeof indices !== 'number') return indices.map((index) => this.toTokens(index));
    const token = this.idxToToken[indices];
    if (token === undefined) {
      throw new Error(
        `no token has index ${indices}: the vocabulary has ${this.length} tokens, 0 to ${this.length - 1}`,
      );
    }
    return token;
  }

  /** How many tokens there are, and the first of them. */
  toString(): string {
    const some = this.idxToToken.slice(0, FIRST).map((token) => JSON.stringify(token));
    return `Vocab(${this.length} tokens: ${some.join(', ')}${this.length > FIRST ? ', …' : ''})`;
  }

  /** What `console.log` and a cell show. */
  [INSPECT](): string {
    return this.toString();
  }
}

/** Python's order of strings; JavaScript's own compares UTF-16 units, which puts emoji before some letters. */
function byCodePoint(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
