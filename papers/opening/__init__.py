"""A file opened by a confined child process: pages as pictures with their text layers, or why not.

In: bytes and limits. Out: `RawFile` of `sandbox`. The desk's side: `sandbox`, `processes`,
`socket_frames`; the child's side: `pdf_server`, `pages`, `image_pages`, `hidden_content`,
`own_limits`, `call_filter`. Asks `lines` (words, layout) and `signatures` only.
"""
