"""Everything of the portal outside the page tree. Include it outside i18n_patterns."""

from django.urls import path

from .cms.home import home
from .cms.snippet_files import snippet_file
from .views import details, orders, payments, reports, signin

app_name = "b2b_portal"

urlpatterns = [
    path("", home, name="home"),
    path("sign-out/", signin.sign_out, name="sign-out"),
    path("switch/", signin.switch, name="switch"),
    path("reports/invoices/files.zip", details.invoice_files, name="invoice-files"),
    path("reports/<slug:name>.<slug:format>", reports.report_file, name="report-file"),
    path("reports/snippets/<int:pk>.<slug:format>", snippet_file, name="snippet-file"),
    path("files/<uuid:uuid>/", reports.large_file, name="large-file"),
    path("files/<uuid:uuid>/file", reports.large_file_download, name="large-file-download"),
    path("invoices/<int:pk>/", details.invoice, name="invoice"),
    path("invoices/<int:pk>/file.<slug:kind>", details.invoice_file, name="invoice-file"),
    path("orders/<int:pk>/", details.order, name="order"),
    path("orders/<int:pk>/again/", orders.order_again, name="order-again"),
    path("order/", orders.order_products, name="order-products"),
    path("collections/<int:pk>/", details.collection, name="collection"),
    path("payments/<uuid:uuid>/", payments.payment, name="payment"),
    path("pay/return/", payments.pay_return, name="pay-return"),
    path("pay/notice/<slug:alias>/", payments.pay_notice, name="pay-notice"),
]
