package preview

import (
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

var tones = []ui.Tone{ui.Neutral, ui.OK, ui.Warn, ui.Bad, ui.Info, ui.Sale}

func toneName(tone ui.Tone) string {
	if tone == ui.Neutral {
		return "neutral"
	}
	return string(tone)
}

var icons = []ui.IconName{
	ui.IconAlert, ui.IconArrow, ui.IconBox, ui.IconCart, ui.IconCheck, ui.IconChevron, ui.IconClock, ui.IconClose, ui.IconCopy,
	ui.IconDownload, ui.IconFilter, ui.IconGlobe, ui.IconHome, ui.IconImage, ui.IconInfo, ui.IconList, ui.IconLock, ui.IconMail,
	ui.IconMenu, ui.IconPrint, ui.IconRefresh, ui.IconReturn, ui.IconSearch, ui.IconTag, ui.IconTruck, ui.IconUpload, ui.IconUser,
}

func suggestions() storefront.Suggestions {
	return storefront.Suggestions{
		Queries:    []ui.Link{{Label: "mug", URL: "/search?q=mug"}, {Label: "mug tree", URL: "/search?q=mug+tree"}},
		Categories: []ui.Link{{Label: "Mugs in Kitchen", URL: "/categories/mugs"}},
		Brands:     []ui.Link{{Label: "Mugworks", URL: "/search?q=Mugworks"}},
		Products: []storefront.SuggestedProduct{
			{Name: goods[0].name, URL: "/products/mug", Price: ui.Price{Now: "€24.00", Was: "€29.00"}, Image: picture("mug", "")},
			{Name: goods[4].name, URL: "/products/jug", Price: ui.Price{Now: "€38.00"}, Image: picture("jug", "")},
		},
	}
}
