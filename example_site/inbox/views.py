from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache

from .models import Mail


@never_cache
def index(request):
    mails = Paginator(Mail.objects.defer("source"), 50)
    return render(request, "inbox/index.html", {"mails": mails.get_page(request.GET.get("p"))})


@never_cache
def detail(request, pk):
    return render(request, "inbox/detail.html", {"mail": get_object_or_404(Mail, pk=pk)})


@never_cache
def attachment(request, pk, number):
    attachments = get_object_or_404(Mail, pk=pk).attachments
    if not 0 < number <= len(attachments):
        raise Http404
    found = attachments[number - 1]
    response = HttpResponse(found["content"], content_type=found["type"])
    response["Content-Disposition"] = content_disposition_header(True, found["name"])
    return response
