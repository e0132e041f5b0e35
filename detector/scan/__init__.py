"""Files of messages: read in parts, judged by several processes, written, counted, reported."""
