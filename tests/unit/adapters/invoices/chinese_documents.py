"""A fictional invoice as fully digitalised XML, as the XML of 2019, and as OFD files of both kinds."""

import io
import zipfile

DIGITAL = """<?xml version="1.0" encoding="UTF-8"?>
<EInvoice><Header><EIid>1</EIid><EInvoiceTag>SWEI3200</EInvoiceTag><Version>0.32</Version></Header>
<EInvoiceData>
<SellerInformation><SellerIdNum>91350100M000100Y43</SellerIdNum><SellerName>福州测试磨坊有限公司</SellerName>
<SellerBankName>测试银行</SellerBankName><SellerBankAccNum>6222 0000 1111</SellerBankAccNum></SellerInformation>
<BuyerInformation><BuyerIdNum>91110000600037341L</BuyerIdNum>
<BuyerName>北京测试面包有限公司</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>300.00</TotalAmWithoutTax><TotalTaxAm>33.00</TotalTaxAm>
<TotalTax-includedAmount>333.00</TotalTax-includedAmount>
<RequestTime>2026-03-04 10:11:12</RequestTime></BasicInformation>
<IssuItemInformation><ItemName>*粮食*黑麦粉</ItemName><MeaUnits>千克</MeaUnits><Quantity>50</Quantity>
<UnPrice>4</UnPrice><Amount>200.00</Amount><TaxRate>0.13</TaxRate><ComTaxAm>26.00</ComTaxAm></IssuItemInformation>
<IssuItemInformation><ItemName>*运输*运费</ItemName><Amount>110.00</Amount><TaxRate>7%</TaxRate><ComTaxAm>7.70</ComTaxAm>
</IssuItemInformation>
<IssuItemInformation><ItemName>*运输*运费</ItemName><Amount>-10.00</Amount><TaxRate>7%</TaxRate><ComTaxAm>-0.70</ComTaxAm>
</IssuItemInformation>
</EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>26352000000012345678</InvoiceNumber><IssueTime>2026-03-04</IssueTime></TaxSupervisionInfo>
</EInvoice>
"""

VAT_2019 = """<?xml version="1.0" encoding="utf-8"?>
<eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019" Version="1.0">
<fp:InvoiceCode>035002000111</fp:InvoiceCode><fp:InvoiceNo>00012345</fp:InvoiceNo><fp:IssueDate>2026年3月4日</fp:IssueDate>
<fp:Buyer><fp:BuyerName>北京测试面包有限公司</fp:BuyerName><fp:BuyerTaxID>91110000600037341L</fp:BuyerTaxID></fp:Buyer>
<fp:Seller><fp:SellerName>福州测试磨坊有限公司</fp:SellerName><fp:SellerTaxID>91350100M000100Y43</fp:SellerTaxID></fp:Seller>
<fp:TaxInclusiveTotalAmount>226.00</fp:TaxInclusiveTotalAmount><fp:TaxTotalAmount>26.00</fp:TaxTotalAmount>
<fp:TaxExclusiveTotalAmount>200.00</fp:TaxExclusiveTotalAmount>
<fp:GoodsInfos><fp:GoodsInfo><fp:Item>*粮食*黑麦粉</fp:Item><fp:MeasurementDimension>千克</fp:MeasurementDimension>
<fp:Price>4</fp:Price><fp:Quantity>50</fp:Quantity><fp:Amount>200.00</fp:Amount><fp:TaxScheme>13%</fp:TaxScheme>
<fp:TaxAmount>26.00</fp:TaxAmount></fp:GoodsInfo></fp:GoodsInfos></eInvoice>
"""

_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
PLAIN_ROOT = f"<ofd:OFD {_OFD}><ofd:DocBody/></ofd:OFD>"
NAMED_ROOT = f"""<ofd:OFD {_OFD}><ofd:DocBody><ofd:DocInfo><ofd:CustomDatas>
<ofd:CustomData Name="发票号码">26352000000012345678</ofd:CustomData>
<ofd:CustomData Name="开票日期">2026年03月04日</ofd:CustomData>
<ofd:CustomData Name="合计金额">200.00</ofd:CustomData><ofd:CustomData Name="合计税额">26.00</ofd:CustomData>
<ofd:CustomData Name="销售方纳税人识别号">91350100M000100Y43</ofd:CustomData>
<ofd:CustomData Name="购买方纳税人识别号">91110000600037341L</ofd:CustomData>
</ofd:CustomDatas></ofd:DocInfo></ofd:DocBody></ofd:OFD>"""
_FIELDS = {
    "InvoiceNo": ["26352000000012345678"],
    "IssueDate": ["2026年03月04日"],
    "BuyerName": ["北京测试面包有限公司"],
    "SellerName": ["福州测试磨坊有限公司"],
    "TaxExclusiveTotalAmount": ["¥", "200.00"],
    "TaxTotalAmount": ["¥", "26.00"],
    "TaxInclusiveTotalAmount": ["贰佰贰拾陆圆整", "¥226.00"],
    "Item": ["*粮食*", "黑麦粉"],
    "Amount": ["200.00"],
    "TaxScheme": ["13%"],
    "TaxAmount": ["26.00"],
    "Quantity": ["50"],
    "Price": ["4"],
}


def page_and_tags() -> tuple[str, str]:
    """Text objects of a page, and the tags that refer to them."""
    texts, tags, number = [], [], 100
    for tag, values in _FIELDS.items():
        references = []
        for value in values:
            number += 1
            texts.append(f'<ofd:TextObject ID="{number}"><ofd:TextCode>{value}</ofd:TextCode></ofd:TextObject>')
            references.append(f"<ofd:ObjectRef>{number}</ofd:ObjectRef>")
        tags.append(f"<ofd:{tag}>{''.join(references)}</ofd:{tag}>")
    return f"<ofd:Page {_OFD}>{''.join(texts)}</ofd:Page>", f"<ofd:root {_OFD}>{''.join(tags)}</ofd:root>"


def ofd(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP of the parts."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return raw.getvalue()


def ofd_with_xml(document: str = VAT_2019) -> bytes:
    return ofd({"OFD.xml": PLAIN_ROOT, "Doc_0/Attachs/original_invoice.xml": document})


def ofd_with_fields() -> bytes:
    page, tags = page_and_tags()
    return ofd({"OFD.xml": NAMED_ROOT, "Doc_0/Pages/Page_0/Content.xml": page, "Doc_0/Tags/CustomTag.xml": tags})
