"""The listening test: what people say about a personal voice, asked blind and read with intervals.

``plan`` chooses the trials, ``clips`` makes what is heard alike in all but the voice, ``page``
writes one web page and the key that stays with the operator; ``results`` reads what listeners send
back, ``screening`` says whose answers count, ``opinion`` what they say, ``picture`` draws it.
"""
