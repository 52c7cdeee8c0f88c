"""Statistics: pure functions from what was said (facts) to the figures of the statutory forms (domain.md §5.3).

``record``       facts folded into one record per case, and one per session: dated marks, in any order, each once
``periods``      any from–to, and the statutory quarter, half year, nine months, year
``lives``        a record as it stood on a day: at which units the petition was, and what each did with it
``entries``      the records of a period as entries: one petition at one unit, one reception, one settlement
``petitions``    … of forms 02/TCD and 01–04/XLD; ``receptions`` of 01/TCD; ``settlements`` of 01–04/KQGQ
``tables``       a form filled in: lines, total, and the entries behind each figure
``suppression``  what may be published: no small figure of denunciations, and none that can be worked out

A figure is a function of the facts up to the last day of its period and of nothing else, so that asking again later
gives the same figure although the cases went on. What is said afterwards about a day in the past (a receipt that is
entered late) changes it all the same: every table says from how many facts it comes, and their fingerprint.
"""
