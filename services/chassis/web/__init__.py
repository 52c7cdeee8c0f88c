"""HTTP manners: the same answers, limits, headers and measures at every door.

``problems``  refusals as RFC 9457 problem answers        ``sentences``  what a wrong field is told, in Vietnamese
``observed``  span, metrics and the last catch of a request          ``manners``    headers and the request deadline
``docs``      /docs without any public CDN                           ``pages``      templates and one stylesheet
"""
