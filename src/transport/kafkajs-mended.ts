/** kafkajs with what had to be mended in it. The mends come first: they must be there before kafkajs is loaded. */
import './kafkajs-encoder.ts';
import './kafkajs-decoder.ts';
import './kafkajs-grouping.ts';
import './kafkajs-timer.ts';
import kafkajs from 'kafkajs';

export default kafkajs;
