"""The embedded ear: phoneme posteriors decoded against the closed language, while the child is still speaking.

Reading path: `posteriors` (sound -> phone scores), `pronounce` (word -> phones), `decoder` (phone scores + automaton ->
sentence), `utterance` (the same while it goes on), `listener` (blocks of sound -> one thing recognised), `hear` (whole
files, and the evaluation's protocol).
"""
