import { ledgerContract } from '../../test/ledger/ledger-contract.js';
import { createMemoryLedger } from './memory.js';

ledgerContract('in memory', (deps) => Promise.resolve(createMemoryLedger(deps)));
