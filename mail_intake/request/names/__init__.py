"""The names of enterprises in a text, and answers in words behind their labels.

`found_names`: known names (`known_names`), and runs before an organisation's ending, with what
the words around them tell (`name_edges`, `name_context`). `labelled_names`: what stands
behind 企业名称. `registered_names`: the sender's, where nothing else shows one. `labelled_answers`:
answers in words to further questions.
"""
