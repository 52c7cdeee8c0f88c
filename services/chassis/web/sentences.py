"""What a wrong field is told. By rule only: the library's own messages may quote what was sent."""

from collections.abc import Mapping
from typing import Any, Final

_SENTENCES: Final = {
    "missing": "Thiếu mục bắt buộc.",
    "extra_forbidden": "Không nhận mục này.",
    "json_invalid": "Nội dung không phải là JSON đúng quy cách.",
    "string_type": "Phải là chữ.",
    "string_too_short": "Ngắn hơn mức cho phép.",
    "string_too_long": "Dài hơn mức cho phép.",
    "string_pattern_mismatch": "Không đúng định dạng.",
    "too_short": "Ít hơn số lượng cho phép.",
    "too_long": "Nhiều hơn số lượng cho phép.",
    "int_type": "Phải là số nguyên.",
    "int_parsing": "Phải là số nguyên.",
    "float_parsing": "Phải là số.",
    "bool_parsing": "Phải là đúng hoặc sai.",
    "bool_type": "Phải là đúng hoặc sai.",
    "enum": "Không có trong danh mục.",
    "literal_error": "Không có trong danh mục.",
    "uuid_parsing": "Mã định danh không đúng dạng.",
    "uuid_type": "Mã định danh không đúng dạng.",
    "date_from_datetime_parsing": "Ngày không đúng dạng (năm-tháng-ngày).",
    "date_parsing": "Ngày không đúng dạng (năm-tháng-ngày).",
    "date_type": "Ngày không đúng dạng (năm-tháng-ngày).",
    "datetime_parsing": "Thời điểm không đúng dạng.",
    "datetime_from_date_parsing": "Thời điểm không đúng dạng.",
    "timezone_aware": "Thời điểm phải có múi giờ.",
    "greater_than": "Nhỏ hơn mức cho phép.",
    "greater_than_equal": "Nhỏ hơn mức cho phép.",
    "less_than": "Lớn hơn mức cho phép.",
    "less_than_equal": "Lớn hơn mức cho phép.",
    "list_type": "Phải là danh sách.",
    "dict_type": "Phải là nhóm mục.",
    "model_type": "Phải là nhóm mục.",
    "model_attributes_type": "Phải là nhóm mục.",
    "union_tag_invalid": "Loại không có trong danh mục.",
    "union_tag_not_found": "Thiếu mục cho biết loại.",
    "value_error": "Giá trị không hợp lệ.",
}


def sentence_for(error: Mapping[str, Any]) -> str:
    """A Vietnamese sentence for a rule that was not kept."""
    return _SENTENCES.get(str(error["type"]), "Giá trị không hợp lệ.")
