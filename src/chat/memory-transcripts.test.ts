import { transcriptsContract } from '../../test/chat/transcripts-contract.js';
import { createMemoryTranscripts } from './memory-transcripts.js';

transcriptsContract(() => Promise.resolve(createMemoryTranscripts()));
