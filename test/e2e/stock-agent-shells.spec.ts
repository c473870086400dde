import { describe } from 'vitest';
import { describeShells } from './support/shell-matrix.js';

describe('a shell of the stock agent', () => {
  describeShells('stock');
});
