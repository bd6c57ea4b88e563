"""Writes planned accounts to the database, a batch at a time."""

from collections import Counter
from datetime import datetime

from django.utils import timezone

from b2b_portal.customers.fold import fold
from b2b_portal.customers.models import Contact, CustomerAccount
from b2b_portal.documents.models import Invoice, InvoiceLine
from b2b_portal.ledger.drafts import draft
from b2b_portal.ledger.posting import allocate, post_all

from .orders import write_orders
from .people import SUPPLIERS

ROWS = 2000


class Writer:
    """Keeps the numbering of papers and the counts from batch to batch."""

    def __init__(self, suppliers, batches, shift, last):
        self.suppliers, self.batches, self.shift, self.last = suppliers, batches, shift, last
        self.zone = timezone.get_current_timezone()
        self.papers = Counter()
        self.posted = Counter()
        self.counts = Counter()

    def write(self, plans):
        """Write these plans: accounts, contacts, movements, invoices, orders, allocations."""
        accounts = self._accounts(plans)
        entries = self._entries(plans, accounts)
        invoices = self._invoices(plans, accounts, entries)
        orders, order_lines = write_orders(plans, accounts, self.shift, self.last)
        allocations = self._allocations(plans, entries)
        self.counts.update(
            accounts=len(accounts),
            entries=len(entries),
            **invoices,
            orders=orders,
            order_lines=order_lines,
            allocations=allocations,
        )

    def _accounts(self, plans):
        rows = [
            CustomerAccount(
                supplier=self.suppliers[plan.supplier],
                code=plan.code,
                search_text=fold(
                    plan.code,
                    plan.card["title"],
                    plan.card["tax_number"],
                    plan.card["city"],
                    plan.card["email"],
                ),
                **plan.card,
            )
            for plan in plans
        ]
        CustomerAccount.objects.bulk_create(rows)
        Contact.objects.bulk_create(
            [
                Contact(account=account, name=name, email=email, phone=phone, role=role)
                for plan, account in zip(plans, rows, strict=True)
                for name, email, phone, role in plan.people
            ]
        )
        return {plan.key: row for plan, row in zip(plans, rows, strict=True)}

    def _entries(self, plans, accounts):
        """Post all moves; returns {move: entry}."""
        moves, drafts = [], []
        for plan in plans:
            self._number(plan)
            for currency, own in plan.moves.items():
                for number, move in enumerate(own):
                    key = move.key or f"move:{plan.key}:{currency}:{number:05}"
                    moves.append(move)
                    drafts.append(self._draft(move, plan, accounts[plan.key], currency, key))
            self.posted[plan.supplier] += sum(len(own) for own in plan.moves.values())
        return dict(zip(moves, post_all(drafts), strict=True))

    def _draft(self, move, plan, account, currency, key):
        about = move.about and move.about + self.shift
        due = move.due and move.due + self.shift
        day = move.day + self.shift
        at = move.clock and datetime.combine(day, move.clock, self.zone)
        return draft(
            account=account,
            currency=currency,
            amount=move.amount,
            base_amount=move.base,
            rate=move.rate,
            kind=move.kind,
            source_kind=move.source_kind,
            booked_on=day,
            occurred_at=at,
            due_on=due,
            document_no=move.document_no,
            description=move.description.format(due=due, about=about),
            source="erp",
            external_id=key,
            batch=self.batches[plan.supplier],
            by="load_demo",
        )

    def _number(self, plan):
        """Give invoices and papers their numbers."""
        for invoice in plan.invoices:
            if invoice.move:
                invoice.move.document_no = self.invoice_no(plan, invoice)
        for own in plan.moves.values():
            for move in own:
                if move.series:
                    self.papers[plan.supplier, move.series] += 1
                    number = self.papers[plan.supplier, move.series]
                    move.document_no = f"{move.series}-{number:06}"

    def invoice_no(self, plan, invoice):
        """Like ANT2026000536365: the series, the year, and the number in the lines file."""
        year = (invoice.at.date() + self.shift).year
        series = SUPPLIERS[plan.supplier]["series"]
        series = series[:2] + "I" if invoice.is_return else series
        return f"{series}{year}{invoice.source_no.removeprefix('C'):0>9}"

    def _invoices(self, plans, accounts, entries):
        planned = [(plan, invoice) for plan in plans for invoice in plan.invoices]
        rows = [
            Invoice(
                account=accounts[plan.key],
                number=self.invoice_no(plan, invoice),
                issued_on=invoice.at.date() + self.shift,
                due_on=invoice.due and invoice.due + self.shift,
                is_return=invoice.is_return,
                is_credit=invoice.is_return,
                currency=invoice.currency,
                net=invoice.net,
                vat=invoice.vat,
                withheld=invoice.withheld,
                payable=invoice.payable,
                entry=entries.get(invoice.move),
            )
            for plan, invoice in planned
        ]
        Invoice.objects.bulk_create(rows, batch_size=ROWS)
        lines = [
            InvoiceLine(
                invoice=row,
                product_code=code,
                product_name=name,
                quantity=quantity,
                unit="Adet",
                unit_price=price,
                net=net,
                vat_rate=vat_rate,
            )
            for row, (_plan, invoice) in zip(rows, planned, strict=True)
            for code, name, quantity, price, net, vat_rate in invoice.lines
        ]
        InvoiceLine.objects.bulk_create(lines, batch_size=ROWS)
        return {"invoices": len(rows), "invoice_lines": len(lines)}

    def _allocations(self, plans, entries):
        count = 0
        for plan in plans:
            for own in plan.moves.values():
                for credit in own:
                    for debit, amount in credit.closes:
                        allocate(entries[credit], entries[debit], amount, by="load_demo")
                        count += 1
        return count
