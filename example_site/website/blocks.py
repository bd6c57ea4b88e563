from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from b2b_portal.cms.blocks import BalanceBlock, ReportBlock, SignInBlock


class FeatureBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Heading"))
    text = blocks.TextBlock(label=_("Text"))


class FeaturesBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    items = blocks.ListBlock(FeatureBlock(), label=_("Features"))

    class Meta:
        icon = "list-ul"
        label = _("Features")
        template = "website/blocks/features.html"


class CallBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    text = blocks.TextBlock(label=_("Text"))
    page = blocks.PageChooserBlock(label=_("Page"))
    button = blocks.CharBlock(label=_("Button"))

    class Meta:
        icon = "link"
        label = _("Call to action")
        template = "website/blocks/call.html"


class BodyBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(label=_("Text"), template="website/blocks/text.html")
    image = ImageChooserBlock(label=_("Image"), template="website/blocks/image.html")
    features = FeaturesBlock()
    call = CallBlock()
    balance = BalanceBlock()
    report = ReportBlock()
    sign_in = SignInBlock()
