"""Read and write recordings (WARC): replay, recording, the archive of pages."""
