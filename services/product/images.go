package product

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/fetch"
	"github.com/tradewind-commerce/tradewind/platform/media"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// imageTurn is for how long a worker has a picture to itself; should it die, another tries after that.
	imageTurn = 6 * time.Minute
	// imageSize bounds what is fetched.
	imageSize = 20 << 20
	// atOnce is how many pictures are fetched side by side: mostly waiting for others' servers.
	atOnce = 4
)

// pauses are how long a picture rests after each failure. After the last it is tried no more.
var pauses = []time.Duration{
	time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 8 * time.Hour, 24 * time.Hour, 24 * time.Hour, 48 * time.Hour,
}

// FetchImages gets pictures that have no files, makes their sizes and tells of the products that look different now.
func (s *Service) FetchImages(ctx context.Context, req *productv1.FetchImagesRequest) (*productv1.FetchImagesResponse, error) {
	if s.cfg.Blob == nil {
		return nil, rpc.FailedPrecondition("this process has no place to keep pictures; set BLOB_URL")
	}
	now := clock.Now()
	due, err := queries.TakeDueImages(ctx, s.cfg.DB.Primary(), productdb.TakeDueImagesParams{
		Now: now, RetryTime: now.Add(imageTurn), PageSize: req.GetLimit(), Local: s.cfg.ImageSource != nil, LocalPrefix: localImages + "%",
	})
	if err != nil {
		return nil, fmt.Errorf("take due images: %w", err)
	}
	answer := &productv1.FetchImagesResponse{}
	var made []madeImage
	var mu sync.Mutex
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, image := range due {
		group.Go(func() error {
			files, hash, err := s.makeImage(groupCtx, image.SourceUrl)
			switch {
			case groupCtx.Err() != nil:
				return groupCtx.Err() // due again in a while
			case err != nil:
				mu.Lock()
				answer.Failed++
				mu.Unlock()
				return s.saveProblem(groupCtx, image, err)
			}
			crash.At(crash.ImagesAfterPut)
			mu.Lock()
			made = append(made, madeImage{image, files, hash})
			mu.Unlock()
			return nil
		})
	}
	err = group.Wait()
	answer.Fetched = int32(len(made))
	if saveErr := s.saveImages(context.WithoutCancel(ctx), made); saveErr != nil {
		return nil, saveErr
	}
	return answer, err
}

// madeImage is a picture that is stored and not yet known to its product.
type madeImage struct {
	productdb.TakeDueImagesRow
	files []byte
	hash  string
}

// saveImages gives products their pictures and tells of it.
func (s *Service) saveImages(ctx context.Context, made []madeImage) error {
	if len(made) == 0 {
		return nil
	}
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		var changed []string
		for _, image := range made {
			saved, err := queries.SaveImage(ctx, tx, productdb.SaveImageParams{
				ID: image.ID, SourceUrl: image.SourceUrl, Files: image.files, Hash: image.hash,
			})
			if err != nil {
				return struct{}{}, err
			}
			if saved == 1 && !slices.Contains(changed, image.ProductID) {
				changed = append(changed, image.ProductID)
			}
		}
		if len(changed) == 0 {
			return struct{}{}, nil
		}
		if err := queries.RaiseVersions(ctx, tx, productdb.RaiseVersionsParams{Ids: changed, Now: clock.Now()}); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, tellChanged(ctx, tx, changed)
	})
	if err != nil {
		return fmt.Errorf("save images: %w", err)
	}
	return nil
}

// saveProblem keeps what is wrong with a picture or its server, for staff to see, and when to try again.
func (s *Service) saveProblem(ctx context.Context, image productdb.TakeDueImagesRow, cause error) error {
	problem := productdb.SaveImageProblemParams{ID: image.ID, SourceUrl: image.SourceUrl, Problem: problemText(cause)}
	if pause, again := pauseAfter(cause, int(image.Attempts)); again {
		next := clock.Now().Add(pause)
		problem.NextTry = &next
	}
	if err := queries.SaveImageProblem(ctx, s.cfg.DB.Primary(), problem); err != nil {
		return fmt.Errorf("save image problem: %w", err)
	}
	return nil
}

// makeImage stores a picture in each of its sizes and returns the list of files, smallest first.
func (s *Service) makeImage(ctx context.Context, source string) (files []byte, hash string, err error) {
	original, err := s.openImage(ctx, source)
	if err != nil {
		return nil, "", err
	}
	list, hash, err := s.keepPicture(ctx, original)
	if err != nil {
		return nil, "", err
	}
	files, err = json.Marshal(list)
	return files, hash, err
}

// keepPicture stores each size of a picture. The same picture is stored once.
func (s *Service) keepPicture(ctx context.Context, original []byte) (list []imageFile, hash string, err error) {
	picture, err := s.cfg.Media.Make(ctx, original)
	if err != nil {
		return nil, "", err
	}
	for _, v := range picture.Variants {
		object, err := s.cfg.Blob.Put(ctx, blob.Media, v.ContentType, bytes.NewReader(v.Bytes))
		if err != nil {
			return nil, "", fmt.Errorf("keep picture: %w", err)
		}
		list = append(list, imageFile{Path: object.Key, Width: int32(v.Width), Height: int32(v.Height), Type: v.ContentType})
	}
	slices.SortStableFunc(list, func(a, b imageFile) int { return cmp.Compare(a.Width, b.Width) })
	return list, picture.Hash, nil
}

func (s *Service) openImage(ctx context.Context, source string) ([]byte, error) {
	if path, local := strings.CutPrefix(source, localImages); local && s.cfg.ImageSource != nil {
		file, err := s.cfg.ImageSource(ctx, path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		return io.ReadAll(io.LimitReader(file, imageSize+1))
	}
	content, _, err := s.cfg.Fetch.Bytes(ctx, source, imageSize)
	return content, err
}

// pauseAfter says when to try again: soon after a server's weakness, in a day when the picture or its address is wrong, which
// somebody may mend.
func pauseAfter(err error, attempts int) (time.Duration, bool) {
	if attempts > len(pauses) {
		return 0, false
	}
	var status *fetch.StatusError
	lasting := errors.Is(err, fetch.ErrRefused) || errors.Is(err, fetch.ErrTooLarge) || errors.Is(err, media.ErrType) ||
		errors.Is(err, media.ErrTooLarge) || errors.Is(err, media.ErrDamaged) ||
		errors.As(err, &status) && status.StatusCode >= 400 && status.StatusCode < 500 && status.StatusCode != 429 && status.StatusCode != 408
	if lasting {
		return max(24*time.Hour, pauses[attempts-1]), true
	}
	return pauses[attempts-1], true
}

// problemText is for staff to read.
func problemText(err error) string {
	text := strings.ToValidUTF8(err.Error(), "\uFFFD")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "")
	}
	return text
}
