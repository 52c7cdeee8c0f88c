"""Documents on paper: a filled form set as PDF/A-2b by Typst and as DOCX by docxtpl, the same words in both.

``sheet``   what is set: letterhead, filled form, rows of a book
``press``   the two engines; ``sheet.typ``, ``letter.docx`` and ``book.docx`` are the layouts (Decree 30/2020/NĐ-CP)
``cabinet`` where set documents are kept: sealed, in the vault
``fonts``   Liberation Serif, of the same measures as Times New Roman, free to embed
"""
